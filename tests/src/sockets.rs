//! Pairs of connected sockets.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use wakeful_reactor::Async;

/// A connection over loopback: the end under test, and its peer, which blocks.
pub fn tcp_pair() -> io::Result<(Async<TcpStream>, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let peer = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0.try_into()?, peer))
}
