//! How a socket connects, and which errors of an accept pass.

use crate::sys::{self, CONNECTING, OwnedSource, SHORTAGES};
use crate::{Async, event::Direction, io_op, reactor, source::Place};
use rustix::net::{self, AddressFamily, SocketType};
use std::{future::poll_fn, io, net::SocketAddr};

/// A TCP socket that connects to an address.
pub(super) fn tcp(addr: SocketAddr) -> io::Result<OwnedSource> {
    let family = match addr {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = sys::socket(family, SocketType::STREAM)?;
    begin(&socket, &addr)?;
    Ok(socket)
}

/// Begins to connect; being under way is no error.
pub(super) fn begin(socket: &OwnedSource, addr: &impl net::addr::SocketAddrArg) -> io::Result<()> {
    match net::connect(socket, addr) {
        Err(error) if error != CONNECTING => Err(error.into()),
        _ => Ok(()),
    }
}

/// Waits until a connect has ended, and returns how.
///
/// It has ended with the first event for writing. If that reports room to write alone, it has
/// succeeded: a failure is reported as an error or a hang-up. Otherwise the socket is asked.
pub(super) async fn finish<T>(
    stream: &Async<T>,
    take_error: fn(&T) -> io::Result<Option<io::Error>>,
) -> io::Result<()> {
    let key = stream.key();
    poll_fn(|cx| io_op::poll(key, Direction::Write, &mut Place::Slot, cx, |_| Ok(()))).await?;
    if reactor::try_with(|reactor| reactor.sources().is_plain(key)) == Some(true) {
        return Ok(());
    }
    match take_error(stream.get_ref())? {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

/// Whether an accept failed for want of descriptors or memory, which passes, and before which the
/// connection still waits.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    let code = crate::os_code(error);
    let is = |errno: &rustix::io::Errno| Some(errno.raw_os_error()) == code;
    SHORTAGES.iter().any(is)
}
