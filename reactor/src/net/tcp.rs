//! TCP: listeners and streams.

use super::connect;
use super::incoming::{Accept, Incoming};
use crate::readiness::{Readiness, Short};
use crate::{Async, error::context, sys, time::timeout};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{io, time::Duration};

impl Async<TcpListener> {
    /// Listens at an address; port 0 lets the system choose one, which `get_ref().local_addr()`
    /// returns.
    ///
    /// # Errors
    ///
    /// Those of the system, with the address: in use, not available, not permitted.
    pub fn bind<A: Into<SocketAddr>>(addr: A) -> io::Result<Async<TcpListener>> {
        let addr = addr.into();
        TcpListener::bind(addr)
            .and_then(|listener| {
                rustix::net::listen(&listener, sys::BACKLOG)?;
                Async::new(listener)
            })
            .map_err(|error| context(format_args!("listening at {addr}"), error))
    }

    /// The next connection, with its peer's address.
    ///
    /// # Errors
    ///
    /// Those of the system, among them that the process is out of descriptors, which `incoming`
    /// waits out.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses no connection.
    pub async fn accept(&self) -> io::Result<(Async<TcpStream>, SocketAddr)> {
        let (stream, addr) = self
            .read_with(sys::accept)
            .await
            .map_err(|error| context("accepting a connection", error))?;
        Ok((register(stream, Readiness::Ready)?, addr))
    }

    /// The connections as a stream that does not end.
    ///
    /// Errors of one connection are items; the stream goes on. When the process or the system is
    /// out of descriptors, the error is an item too, and the next accept is tried after a pause: 10
    /// milliseconds, doubling up to a second while the shortage lasts.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses no connection.
    pub fn incoming(&self) -> Incoming<'_, TcpListener> {
        Incoming::new(self)
    }
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    fn accept_one(&self) -> io::Result<Async<TcpStream>> {
        register(sys::accept(self)?.0, Readiness::Ready)
    }
}

/// Registers a stream that is non-blocking.
fn register(stream: TcpStream, readiness: Readiness) -> io::Result<Async<TcpStream>> {
    Async::register(stream, readiness, Short::OF_TCP)
}

/// Registers a stream that comes from elsewhere.
pub(crate) fn adopt(stream: TcpStream) -> io::Result<Async<TcpStream>> {
    sys::set_nonblocking(&stream)?;
    register(stream, Readiness::Ready)
}

impl Async<TcpStream> {
    /// Connects to an address.
    ///
    /// # Errors
    ///
    /// Those of the system, with the address: refused, unreachable, timed out.
    ///
    /// # Cancellation
    ///
    /// Dropping it gives the attempt up.
    ///
    /// ```
    /// use std::net::TcpStream;
    /// use wakeful_reactor::{Async, block_on};
    ///
    /// let error = block_on(Async::<TcpStream>::connect(([127, 0, 0, 1], 1))).unwrap_err();
    /// assert!(error.to_string().starts_with("connecting to 127.0.0.1:1: "));
    /// ```
    pub async fn connect<A: Into<SocketAddr>>(addr: A) -> io::Result<Async<TcpStream>> {
        let addr = addr.into();
        connect_to(addr).await.map_err(|error| context(format_args!("connecting to {addr}"), error))
    }

    /// Connects to an address, or fails with the kind [`TimedOut`](io::ErrorKind::TimedOut) when
    /// the duration is over.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Async::<TcpStream>::connect), and that the time is over.
    ///
    /// # Cancellation
    ///
    /// Dropping it gives the attempt up.
    pub async fn connect_timeout<A: Into<SocketAddr>>(
        addr: A,
        duration: Duration,
    ) -> io::Result<Async<TcpStream>> {
        let addr = addr.into();
        let connected = timeout(duration, connect_to(addr)).await;
        connected
            .unwrap_or_else(|timed_out| Err(timed_out.into()))
            .map_err(|error| context(format_args!("connecting to {addr}"), error))
    }

    /// Reads without taking: the next read finds the same bytes.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_with(|io| io.peek(buf)).await
    }
}

async fn connect_to(addr: SocketAddr) -> io::Result<Async<TcpStream>> {
    // Nothing is tried before the event that says that it is connected.
    let stream = register(TcpStream::from(connect::tcp(addr)?), Readiness::Blocked)?;
    connect::finish(&stream, TcpStream::take_error).await?;
    Ok(stream)
}
