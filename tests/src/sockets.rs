//! Pairs of connected sockets, and how long a test waits.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;
use wakeful_reactor::Async;

pub const MS: Duration = Duration::from_millis(1);
/// Against hangs only.
pub const SOON: Duration = Duration::from_secs(20);

/// A connection over loopback: the end under test, and its peer, which blocks.
pub fn tcp_pair() -> io::Result<(Async<TcpStream>, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let peer = TcpStream::connect(listener.local_addr()?)?;
    peer.set_nodelay(true)?;
    Ok((listener.accept()?.0.try_into()?, peer))
}

/// The same, accepted and connected by the reactor: the accepted end first.
pub async fn async_tcp_pair() -> io::Result<(Async<TcpStream>, Async<TcpStream>)> {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let connected = Async::<TcpStream>::connect(listener.get_ref().local_addr()?).await?;
    Ok((listener.accept().await?.0, connected))
}

/// Closes with a reset instead of an end.
pub fn reset(stream: TcpStream) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO))?)
}
