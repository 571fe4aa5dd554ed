//! Unix sockets and their addresses, as the system's calls want them.

use super::connect;
use crate::sys::{self, BACKLOG};
use rustix::net::{self, AddressFamily, SendFlags, SocketAddrUnix, SocketType};
use std::{io, os::fd::OwnedFd, os::unix::net::UnixDatagram, path::Path};

/// What keeps a send from raising SIGPIPE.
#[cfg(not(target_vendor = "apple"))]
const QUIETLY: SendFlags = SendFlags::NOSIGNAL;
/// Apple's systems have no such flag, and need none for datagrams.
#[cfg(target_vendor = "apple")]
const QUIETLY: SendFlags = SendFlags::empty();

/// A path as an address, a path that begins with a zero byte as an abstract name.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn address(path: &Path) -> io::Result<SocketAddrUnix> {
    use std::os::unix::ffi::OsStrExt;
    match path.as_os_str().as_bytes() {
        [0, name @ ..] => Ok(SocketAddrUnix::new_abstract_name(name)?),
        _ => Ok(SocketAddrUnix::new(path)?),
    }
}

/// A path as an address.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn address(path: &Path) -> io::Result<SocketAddrUnix> {
    Ok(SocketAddrUnix::new(path)?)
}

/// A socket at an address.
pub(super) fn bound(address: &SocketAddrUnix, kind: SocketType) -> io::Result<OwnedFd> {
    let socket = sys::socket(AddressFamily::UNIX, kind)?;
    net::bind(&socket, address)?;
    Ok(socket)
}

pub(super) fn listener(address: &SocketAddrUnix) -> io::Result<OwnedFd> {
    let socket = bound(address, SocketType::STREAM)?;
    net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

/// A stream that connects to a listener. `WouldBlock`: the listener's queue is full.
pub(super) fn stream(address: &SocketAddrUnix) -> io::Result<OwnedFd> {
    let socket = sys::socket(AddressFamily::UNIX, SocketType::STREAM)?;
    connect::begin(&socket, address)?;
    Ok(socket)
}

pub(super) fn send_to(
    socket: &UnixDatagram,
    buf: &[u8],
    address: &SocketAddrUnix,
) -> io::Result<usize> {
    Ok(net::sendto(socket, buf, QUIETLY, address)?)
}
