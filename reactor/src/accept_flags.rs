//! Accepting a TCP connection that is non-blocking from the start: one call.

use rustix::io::Errno;
use rustix::net::{self, SocketFlags};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The next connection, non-blocking, with its peer's address.
pub(crate) fn tcp(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    loop {
        match net::acceptfrom_with(listener, flags) {
            Err(Errno::INTR) => continue,
            accepted => {
                let (socket, peer) = accepted?;
                let peer = peer.ok_or(Errno::AFNOSUPPORT)?;
                return Ok((socket.into(), peer.try_into()?));
            }
        }
    }
}
