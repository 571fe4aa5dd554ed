//! One page of the main job as a coroutine: every `await` is a place where another page is served.
//!
//! It does what [`blocking::fetch`](super::blocking::fetch) does, step by step, and lets others go
//! on where that one waits in the system. What is read goes through one buffer that all pages of
//! the thread share: a page that waits holds none.

use super::blocking::request;
use super::client::exchange;
use super::failure::Failure;
use super::response::{Limits, Response};
use crate::timeline::waiting_for;
use std::net::{SocketAddr, TcpStream};
use wakeful_reactor::Async;

/// Fetches `path` from `addr`.
///
/// # Cancellation
/// The connection is closed.
pub async fn fetch(addr: SocketAddr, path: String) -> Result<Response, Failure> {
    waiting_for("connection");
    let socket = Async::<TcpStream>::connect(addr).await;
    let mut socket = socket.map_err(Failure::Connect)?;
    exchange(&mut socket, &request(addr, &path), Limits::default(), None).await
}
