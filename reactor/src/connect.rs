//! Sockets that connect, and errors that mean "later".

use crate::Async;
use crate::os::{ON_ITS_WAY, SHORTAGES};
use crate::side::Side;
use rustix::fd::OwnedFd;
use rustix::net::{self, AddressFamily, SocketType};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;

/// How many connections may wait for their accept: what the system allows, at most this many. std
/// asks for 128, which a crowd that comes at once overruns.
pub(crate) const BACKLOG: i32 = 4096;

/// A TCP socket on its way to an address.
pub(crate) fn tcp(addr: SocketAddr) -> io::Result<OwnedFd> {
    let family = match addr {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = crate::os::socket(family, SocketType::STREAM)?;
    begin(&socket, &addr)?;
    Ok(socket)
}

/// Begins to connect; being on the way is no error.
pub(crate) fn begin(socket: &OwnedFd, addr: &impl net::addr::SocketAddrArg) -> io::Result<()> {
    match net::connect(socket, addr) {
        Err(error) if error != ON_ITS_WAY => Err(error.into()),
        _ => Ok(()),
    }
}

/// Waits until a connect is over, and how it ended.
///
/// It is over with the first event for writing. One that tells of nothing but room is a success:
/// a failure is told as an error or a hang-up. Only otherwise the socket is asked.
pub(crate) async fn finish<T>(
    stream: &Async<T>,
    take_error: fn(&T) -> io::Result<Option<io::Error>>,
) -> io::Result<()> {
    poll_fn(|cx| stream.poll_ready(Side::Write, cx)).await?;
    if stream.is_plain(Side::Write) {
        return Ok(());
    }
    match take_error(stream.io())? {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

/// Whether an accept failed for want of descriptors or memory, which passes, and before which the
/// connection still waits.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    let code = crate::os_code(error);
    SHORTAGES
        .iter()
        .any(|errno| Some(errno.raw_os_error()) == code)
}
