//! One page of the main job as a coroutine: every `await` is a place where another page is served.
//!
//! It does what [`blocking::fetch`](super::blocking::fetch) does, step by step, and lets others go
//! on where that one waits in the system. What is read goes through one buffer that all pages of
//! the thread share: a page that waits holds none.

use super::PIECE;
use super::blocking::request;
use super::failure::Failure;
use super::response::{Limits, Reader, Response};
use crate::timeline::waiting_for;
use futures_lite::AsyncWriteExt;
use std::cell::RefCell;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use wakeful_reactor::Async;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// Fetches `path` from `addr`.
///
/// # Cancellation
/// The connection is closed.
pub async fn fetch(addr: SocketAddr, path: String) -> Result<Response, Failure> {
    waiting_for("connection");
    let socket = Async::<TcpStream>::connect(addr).await;
    let mut socket = socket.map_err(Failure::Connect)?;
    waiting_for("room to send");
    let request = request(addr, &path);
    let sent = socket.write_all(request.as_bytes()).await;
    sent.map_err(Failure::Send)?;
    let mut reader = Reader::new(Limits::default());
    while !reader.is_complete() {
        waiting_for(match reader.head() {
            Some(_) => "the rest",
            None => "the answer",
        });
        let pushed = socket.read_with(|mut stream| {
            BUFFER.with_borrow_mut(|buffer| {
                let count = stream.read(buffer)?;
                Ok(match count {
                    0 => Ok(0),
                    count => reader.push(&buffer[..count]),
                })
            })
        });
        if pushed.await.map_err(Failure::Receive)?? == 0 {
            break;
        }
    }
    Ok(reader.finish()?)
}
