//! Pairs of connected sockets.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use wakeful_reactor::Async;

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

/// Whether the peer's system has received all that was sent, the end included. Also on loopback that
/// may be some time later, on a busy machine. Where it cannot be asked, `true`.
#[cfg(target_os = "linux")]
pub fn is_delivered(stream: &TcpStream) -> bool {
    let mut left: libc::c_int = 0;
    // SAFETY: the request writes to an integer, which lives as long as the call.
    let asked = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut left) };
    asked != 0 || left == 0
}

/// Whether the peer's system has received all that was sent. It cannot be asked here.
#[cfg(not(target_os = "linux"))]
pub fn is_delivered(_: &TcpStream) -> bool {
    true
}
