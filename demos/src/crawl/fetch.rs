//! One page of the main job, as a coroutine and the ordinary way: the same steps, so that what the
//! two cost can be compared.

use super::client::exchange;
use super::failure::{Failure, Fetch};
use super::response::{Limits, Response};
use crate::timeline::waiting_for;
use futures_lite::future::block_on;
use futures_lite::io::AssertAsync;
use futures_lite::{AsyncRead, AsyncWrite};
use std::net::{SocketAddr, TcpStream};
use wakeful_reactor::Async;

/// The request for one page.
pub fn request(addr: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n")
}

/// Fetches `path` from `addr`. Every `await` is a place where another page is served.
pub async fn fetch(addr: SocketAddr, path: String) -> Fetch<Response> {
    waiting_for("connection");
    over(Async::<TcpStream>::connect(addr).await, addr, &path).await
}

/// Fetches `path` from `addr`; the thread waits in the system for each step.
pub fn fetch_blocking(addr: SocketAddr, path: &str) -> Fetch<Response> {
    block_on(over(TcpStream::connect(addr).map(AssertAsync::new), addr, path))
}

async fn over(
    socket: std::io::Result<impl AsyncRead + AsyncWrite + Unpin>,
    addr: SocketAddr,
    path: &str,
) -> Fetch<Response> {
    let mut socket = socket.map_err(Failure::Connect)?;
    exchange(&mut socket, &request(addr, path), Limits::default(), None).await
}
