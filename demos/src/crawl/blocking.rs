//! The page fetched the ordinary way: a thread that waits. The sequential and the threaded crawl
//! use it, and what they cost is measured against the coroutine's.

use super::failure::Failure;
use super::response::{Limits, Reader, Response};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The request for one page, the same in every way of crawling.
pub fn request(addr: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n")
}

/// Fetches `path` from `addr`, waiting in the system for each step.
pub fn fetch(addr: SocketAddr, path: &str) -> Result<Response, Failure> {
    let mut stream = TcpStream::connect(addr).map_err(Failure::Connect)?;
    stream.write_all(request(addr, path).as_bytes()).map_err(Failure::Send)?;
    let mut reader = Reader::new(Limits::default());
    let mut piece = vec![0; super::PIECE];
    while !reader.is_complete() {
        match stream.read(&mut piece).map_err(Failure::Receive)? {
            0 => break,
            count => reader.push(&piece[..count])?,
        };
    }
    Ok(reader.finish()?)
}
