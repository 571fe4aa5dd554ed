//! One page of the main job as a coroutine: every `await` is a place where another page is served.
//!
//! It does what [`blocking::fetch`](super::blocking::fetch) does, step by step, and waits by
//! [`Furture`](super::furture::Furture) where that one waits in the system. What is read goes
//! through one buffer that all pages of the thread share: a page that waits holds none.

use super::PIECE;
use super::blocking::request;
use super::failure::Failure;
use super::furture::{connected, readable, writable};
use super::response::{Limits, Reader, Response};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::SocketAddr;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// Fetches `path` from `addr`.
///
/// # Cancellation
/// The connection is closed.
pub async fn fetch(addr: SocketAddr, path: String) -> Result<Response, Failure> {
    let socket = connected(addr).await.map_err(Failure::Connect)?;
    let request = request(addr, &path);
    let mut rest = request.as_bytes();
    while !rest.is_empty() {
        let sent = writable(&socket, "room to send", |mut stream| stream.write(rest));
        rest = &rest[sent.await.map_err(Failure::Send)?..];
    }
    let mut reader = Reader::new(Limits::default());
    while !reader.is_complete() {
        let what = if reader.head().is_some() {
            "the rest"
        } else {
            "the answer"
        };
        let reader = &mut reader;
        let pushed = readable(&socket, what, |mut stream| {
            BUFFER.with_borrow_mut(|buffer| {
                let count = stream.read(buffer)?;
                Ok(if count == 0 {
                    Ok(0)
                } else {
                    reader.push(&buffer[..count])
                })
            })
        });
        if pushed.await.map_err(Failure::Receive)?? == 0 {
            break;
        }
    }
    Ok(reader.finish()?)
}
