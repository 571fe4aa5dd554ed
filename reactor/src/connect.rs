//! Sockets that are non-blocking from the start, and begin to connect.

use rustix::io::Errno;
use rustix::net::{self, AddressFamily};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

/// A TCP socket on its way to an address.
pub(crate) fn tcp(addr: SocketAddr) -> io::Result<OwnedFd> {
    let family = match addr {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = crate::os::stream_socket(family)?;
    begin(&socket, &addr)?;
    Ok(socket)
}

/// Begins to connect; being on the way is no error.
fn begin(socket: &OwnedFd, addr: &impl net::addr::SocketAddrArg) -> io::Result<()> {
    match net::connect(socket, addr) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether an accept failed for want of descriptors or memory, which passes, and before which the connection still waits.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    let code = crate::os_code(error);
    shortages
        .iter()
        .any(|errno| Some(errno.raw_os_error()) == code)
}
