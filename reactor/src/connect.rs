//! TCP sockets that begin to connect, and errors that mean "later".

use crate::os::{ON_ITS_WAY, SHORTAGES};
use rustix::fd::OwnedFd;
use rustix::net::{self, AddressFamily, SocketType};
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

/// Whether an accept failed for want of descriptors or memory, which passes, and before which the
/// connection still waits.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    let code = crate::os_code(error);
    SHORTAGES
        .iter()
        .any(|errno| Some(errno.raw_os_error()) == code)
}
