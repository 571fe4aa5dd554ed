//! Accepting a TCP connection and making it non-blocking: two calls, where the first takes no
//! flags.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The next connection, non-blocking, with its peer's address.
pub(crate) fn tcp(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    crate::os::set_nonblocking(&stream)?;
    Ok((stream, peer))
}
