//! TCP: listeners and streams.

use crate::accept;
use crate::connect;
use crate::incoming::{Accept, Incoming};
use crate::os::RawSource;
use crate::reactor::because;
use crate::side::{Side, Start};
use crate::{Async, timeout};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// A TCP stream that was accepted: connected, and the one kind of source of which it is known that
/// what was short is empty.
const ACCEPTED: Start = Start {
    optimistic: true,
    short_is_empty: true,
    is_new: true,
};
/// One that is not connected yet: nothing is tried before the event that says so.
const CONNECTING: Start = Start {
    optimistic: false,
    ..ACCEPTED
};
/// One that comes from elsewhere.
const ADOPTED: Start = Start {
    is_new: false,
    ..ACCEPTED
};

impl Async<TcpListener> {
    /// Listens at an address; port 0 lets the system choose one, which `get_ref().local_addr()`
    /// tells.
    ///
    /// # Errors
    ///
    /// Those of the system, with the address: in use, not available, not permitted.
    pub fn bind<A: Into<SocketAddr>>(addr: A) -> io::Result<Async<TcpListener>> {
        let addr = addr.into();
        TcpListener::bind(addr)
            .and_then(|listener| {
                rustix::net::listen(&listener, connect::BACKLOG)?;
                Async::new(listener)
            })
            .map_err(|error| because(format_args!("listening at {addr}"), error))
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
            .read_with(accept::tcp)
            .await
            .map_err(|error| because("accepting a connection", error))?;
        Ok((register(stream, ACCEPTED)?, addr))
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

    fn accept_one(&self) -> io::Result<TcpStream> {
        accept::tcp(self).map(|(stream, _)| stream)
    }

    fn adopt(stream: TcpStream) -> io::Result<Async<TcpStream>> {
        register(stream, ACCEPTED)
    }
}

/// Registers a stream that is non-blocking.
fn register(stream: TcpStream, start: Start) -> io::Result<Async<TcpStream>> {
    let raw = RawSource::new(&stream);
    Async::register(stream, raw, start)
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
        connect_to(addr)
            .await
            .map_err(|error| because(format_args!("connecting to {addr}"), error))
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
        match timeout(duration, connect_to(addr)).await {
            Ok(connected) => connected,
            Err(timed_out) => Err(timed_out.into()),
        }
        .map_err(|error| because(format_args!("connecting to {addr}"), error))
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
        self.with(Side::Read, |io| io.peek(buf)).await
    }
}

async fn connect_to(addr: SocketAddr) -> io::Result<Async<TcpStream>> {
    let stream = register(TcpStream::from(connect::tcp(addr)?), CONNECTING)?;
    connect::finish(&stream, TcpStream::take_error).await?;
    Ok(stream)
}

impl TryFrom<TcpListener> for Async<TcpListener> {
    type Error = io::Error;

    fn try_from(listener: TcpListener) -> io::Result<Async<TcpListener>> {
        Async::new(listener)
    }
}

impl TryFrom<TcpStream> for Async<TcpStream> {
    type Error = io::Error;

    fn try_from(stream: TcpStream) -> io::Result<Async<TcpStream>> {
        crate::os::set_nonblocking(&stream)?;
        register(stream, ADOPTED)
    }
}

impl TryFrom<Async<TcpListener>> for TcpListener {
    type Error = io::Error;

    fn try_from(listener: Async<TcpListener>) -> io::Result<TcpListener> {
        listener.into_inner()
    }
}

impl TryFrom<Async<TcpStream>> for TcpStream {
    type Error = io::Error;

    fn try_from(stream: Async<TcpStream>) -> io::Result<TcpStream> {
        stream.into_inner()
    }
}
