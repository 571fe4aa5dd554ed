//! What carries a request and its response: bytes both ways, encrypted or not.

use futures_lite::{AsyncRead, AsyncWrite};
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Waker};
use wakeful_reactor::Async;

pub trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// The connection below.
    fn socket(&self) -> &Async<TcpStream>;

    /// Whether the server has said nothing since its last response, not even goodbye. What it says
    /// unasked would be taken for the next response.
    fn is_quiet(&mut self) -> bool {
        // The system is asked, since what the reactor knows is as old as its last wait. Then the
        // stream is, which may hold bytes that were decrypted with others.
        let peeked = self.socket().get_ref().peek(&mut [0]);
        peeked.is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock)
            && Pin::new(self)
                .poll_read(&mut Context::from_waker(Waker::noop()), &mut [0])
                .is_pending()
    }
}

impl Wire for Async<TcpStream> {
    fn socket(&self) -> &Async<TcpStream> {
        self
    }
}
