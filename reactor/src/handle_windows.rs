//! `Async` from and to sockets.

use crate::Async;
use crate::os::{RawSource, set_nonblocking};
use crate::side::Start;
use std::io;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, OwnedSocket, RawSocket};

impl<T: AsSocket> Async<T> {
    /// Puts a socket into non-blocking mode and registers it with this thread's reactor.
    pub fn new(io: T) -> io::Result<Async<T>> {
        set_nonblocking(&io)?;
        Async::new_nonblocking(io)
    }

    /// Registers a socket that is in non-blocking mode already.
    pub fn new_nonblocking(io: T) -> io::Result<Async<T>> {
        let raw = RawSource::new(&io);
        Async::register(io, raw, Start::default())
    }
}

impl<T: AsSocket> AsSocket for Async<T> {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.get_ref().as_socket()
    }
}

impl<T: AsRawSocket> AsRawSocket for Async<T> {
    fn as_raw_socket(&self) -> RawSocket {
        self.get_ref().as_raw_socket()
    }
}

impl<T: AsSocket + From<OwnedSocket>> TryFrom<OwnedSocket> for Async<T> {
    type Error = io::Error;

    fn try_from(socket: OwnedSocket) -> io::Result<Async<T>> {
        Async::new(socket.into())
    }
}

impl<T: Into<OwnedSocket>> TryFrom<Async<T>> for OwnedSocket {
    type Error = io::Error;

    fn try_from(io: Async<T>) -> io::Result<OwnedSocket> {
        Ok(io.into_inner()?.into())
    }
}
