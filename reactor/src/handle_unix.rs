//! `Async` from and to descriptors.

use crate::Async;
use crate::os::{RawSource, set_nonblocking};
use crate::side::Start;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

impl<T: AsFd> Async<T> {
    /// Puts a handle into non-blocking mode and registers it with this thread's reactor.
    pub fn new(io: T) -> io::Result<Async<T>> {
        set_nonblocking(&io)?;
        Async::new_nonblocking(io)
    }

    /// Registers a handle that is in non-blocking mode already.
    pub fn new_nonblocking(io: T) -> io::Result<Async<T>> {
        let raw = RawSource::new(&io);
        Async::register(io, raw, Start::default())
    }
}

impl<T: AsFd> AsFd for Async<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsRawFd> AsRawFd for Async<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsFd + From<OwnedFd>> TryFrom<OwnedFd> for Async<T> {
    type Error = io::Error;

    fn try_from(fd: OwnedFd) -> io::Result<Async<T>> {
        Async::new(fd.into())
    }
}

impl<T: Into<OwnedFd>> TryFrom<Async<T>> for OwnedFd {
    type Error = io::Error;

    fn try_from(io: Async<T>) -> io::Result<OwnedFd> {
        Ok(io.into_inner()?.into())
    }
}
