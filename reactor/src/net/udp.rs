//! UDP: datagrams between addresses.

use crate::{Async, error::context};
use std::io;
use std::net::{SocketAddr, UdpSocket};

impl Async<UdpSocket> {
    /// A socket at an address; port 0 lets the system choose one.
    ///
    /// # Errors
    ///
    /// Those of the system, with the address.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use wakeful_reactor::{Async, block_on};
    ///
    /// block_on(async {
    ///     let here = Async::<UdpSocket>::bind(([127, 0, 0, 1], 0))?;
    ///     let there = Async::<UdpSocket>::bind(([127, 0, 0, 1], 0))?;
    ///     here.send_to(b"ping", there.get_ref().local_addr()?).await?;
    ///     let mut buffer = [0; 16];
    ///     let (len, from) = there.recv_from(&mut buffer).await?;
    ///     assert_eq!((&buffer[..len], from), (&b"ping"[..], here.get_ref().local_addr()?));
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn bind<A: Into<SocketAddr>>(addr: A) -> io::Result<Async<UdpSocket>> {
        let addr = addr.into();
        UdpSocket::bind(addr)
            .and_then(Async::new)
            .map_err(|error| context(format_args!("binding to {addr}"), error))
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

    /// Like [`recv_from`](Async::<UdpSocket>::recv_from), but the next one finds the same datagram.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read_with(|io| io.peek_from(buf)).await
    }

    /// Sends one datagram to an address.
    ///
    /// # Errors
    ///
    /// Those of the system, with the address.
    ///
    /// # Cancellation
    ///
    /// Dropping it, the datagram was sent whole or not at all.
    pub async fn send_to<A: Into<SocketAddr>>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let addr = addr.into();
        self.write_with(|io| io.send_to(buf, addr))
            .await
            .map_err(|error| context(format_args!("sending to {addr}"), error))
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

    /// Like [`recv`](Async::<UdpSocket>::recv), but the next one finds the same datagram.
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
