//! Unix sockets: streams, listeners and datagrams by a path in the file system, or on Linux by an
//! abstract name, which is written as a path that begins with a zero byte.

use super::incoming::{Accept, Incoming};
use super::{connect, unix_address};
use crate::readiness::{Readiness, Short};
use crate::{Async, error::context, time::Timer};
use rustix::net::SocketType;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::{io, path::Path, time::Duration};

/// The first and the longest pause before a listener whose queue was full is tried again.
const FULL_PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

impl Async<UnixListener> {
    /// Listens at a path, which must not exist yet, or at an abstract name.
    ///
    /// # Errors
    ///
    /// Those of the system, with the path.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Async<UnixListener>> {
        let path = path.as_ref();
        unix_address::address(path)
            .and_then(|address| unix_address::listener(&address))
            .and_then(|socket| Async::new_nonblocking(UnixListener::from(socket)))
            .map_err(|error| context(format_args!("listening at {path:?}"), error))
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
    pub async fn accept(&self) -> io::Result<(Async<UnixStream>, SocketAddr)> {
        let (stream, addr) = self
            .read_with(UnixListener::accept)
            .await
            .map_err(|error| context("accepting a connection", error))?;
        Ok((Async::new(stream)?, addr))
    }

    /// The connections as a stream that does not end; it outlasts a shortage of descriptors as that
    /// of a TCP listener does.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses no connection.
    pub fn incoming(&self) -> Incoming<'_, UnixListener> {
        Incoming::new(self)
    }
}

impl Accept for UnixListener {
    type Stream = UnixStream;

    fn accept_one(&self) -> io::Result<Async<UnixStream>> {
        Async::new(self.accept()?.0)
    }
}

impl Async<UnixStream> {
    /// Connects to a listener at a path or an abstract name. While the listener's queue is full it
    /// is tried again, after a pause of 1 millisecond doubling up to 100.
    ///
    /// # Errors
    ///
    /// Those of the system, with the path.
    ///
    /// # Cancellation
    ///
    /// Dropping it gives the attempt up.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use std::os::unix::net::{UnixListener, UnixStream};
    /// use wakeful_reactor::{Async, block_on};
    ///
    /// block_on(async {
    ///     let name = format!("\0wakeful doc test {}", std::process::id());
    ///     let listener = Async::<UnixListener>::bind(&name)?;
    ///     let client = Async::<UnixStream>::connect(&name).await?;
    ///     let (server, _) = listener.accept().await?;
    ///     client.write_with(|mut stream| std::io::Write::write(&mut stream, b"!")).await?;
    ///     server.readable().await?;
    ///     std::io::Result::Ok(())
    /// })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Async<UnixStream>> {
        let path = path.as_ref();
        connect_to(path)
            .await
            .map_err(|error| context(format_args!("connecting to {path:?}"), error))
    }

    /// Two streams that are connected to each other.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn pair() -> io::Result<(Async<UnixStream>, Async<UnixStream>)> {
        let (a, b) = UnixStream::pair()?;
        Ok((Async::new(a)?, Async::new(b)?))
    }
}

async fn connect_to(path: &Path) -> io::Result<Async<UnixStream>> {
    let address = unix_address::address(path)?;
    let mut pause = FULL_PAUSES.0;
    let socket = loop {
        match unix_address::stream(&address) {
            // The listener's queue is full. No event will report when it is not.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Timer::after(pause).await;
                pause = FULL_PAUSES.1.min(pause * 2);
            }
            socket => break socket?,
        }
    };
    let stream = UnixStream::from(socket);
    let stream = Async::register(stream, Readiness::Blocked, Short::ProvesNothing)?;
    connect::finish(&stream, UnixStream::take_error).await?;
    Ok(stream)
}

impl Async<UnixDatagram> {
    /// A socket at a path, which must not exist yet, or at an abstract name.
    ///
    /// # Errors
    ///
    /// Those of the system, with the path.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Async<UnixDatagram>> {
        let path = path.as_ref();
        unix_address::address(path)
            .and_then(|address| unix_address::bound(&address, SocketType::DGRAM))
            .and_then(|socket| Async::new_nonblocking(UnixDatagram::from(socket)))
            .map_err(|error| context(format_args!("binding to {path:?}"), error))
    }

    /// A socket without an address.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn unbound() -> io::Result<Async<UnixDatagram>> {
        Async::new(UnixDatagram::unbound()?)
    }

    /// Two sockets that are connected to each other.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn pair() -> io::Result<(Async<UnixDatagram>, Async<UnixDatagram>)> {
        let (a, b) = UnixDatagram::pair()?;
        Ok((Async::new(a)?, Async::new(b)?))
    }

    /// Receives one datagram and says from whom. What does not fit the buffer is lost.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses no datagram.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read_with(|io| io.recv_from(buf)).await
    }

    /// Sends one datagram to a path or an abstract name.
    ///
    /// # Errors
    ///
    /// Those of the system, with the path.
    ///
    /// # Cancellation
    ///
    /// Dropping it, the datagram was sent whole or not at all.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        let path = path.as_ref();
        let sent = match unix_address::address(path) {
            Ok(address) => self.write_with(|io| unix_address::send_to(io, buf, &address)).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| context(format_args!("sending to {path:?}"), error))
    }

    /// Receives one datagram from the peer that the socket is connected to.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses no datagram.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_with(|io| io.recv(buf)).await
    }

    /// Sends one datagram to the peer that the socket is connected to.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Dropping it, the datagram was sent whole or not at all.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.write_with(|io| io.send(buf)).await
    }
}
