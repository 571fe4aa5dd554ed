//! Descriptors and sockets on Unix.
//!
//! Invariant **OPEN**: a `RawSource` is kept only in the source table, from the registration of a
//! descriptor to its deregistration, and in between the descriptor belongs to the `Async` that was
//! registered. `Async` gives its value away only in `into_inner` and in its drop, each after
//! deregistration, and out by `&mut` only to those who promise (`get_mut` is unsafe, `IoSafe`) not
//! to replace it.
#![allow(unsafe_code)] // The table keeps a descriptor's number; nothing else.

use crate::event::Direction;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketType};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// What can lend a descriptor, and what owns one.
pub(crate) use std::os::fd::{AsFd as AsSource, OwnedFd as OwnedSource};

/// The error of a connect that is under way.
pub(crate) const CONNECTING: Errno = Errno::INPROGRESS;
/// Errors of an accept that pass.
pub(crate) const SHORTAGES: &[Errno] = &[Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];

/// A registered descriptor, by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawSource(pub(super) RawFd);

impl RawSource {
    pub(crate) fn new(io: &impl AsSource) -> RawSource {
        RawSource(io.as_fd().as_raw_fd())
    }

    pub(crate) fn borrow(&self) -> BorrowedFd<'_> {
        // SAFETY: a descriptor that is borrowed must stay open; by OPEN it does.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }

    /// Asks the system, without waiting, whether the descriptor is ready now.
    pub(crate) fn is_ready(self, direction: Direction) -> io::Result<bool> {
        let asked = match direction {
            Direction::Read => PollFlags::IN | PollFlags::PRI,
            Direction::Write => PollFlags::OUT,
        };
        let fd = self.borrow();
        let mut fds = [PollFd::new(&fd, asked)];
        // Any answer counts: an error or a hang-up is found by the operation.
        let now = Timespec::default();
        Ok(rustix::io::retry_on_intr(|| rustix::event::poll(&mut fds, Some(&now)))? > 0)
    }

    /// Refuses what is ready always, where the poller itself would take it (epoll does not).
    #[allow(dead_code, reason = "only the portable wait needs it")]
    pub(crate) fn refuse_if_always_ready(self) -> io::Result<()> {
        let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(self.borrow())?.st_mode);
        match kind.is_file() || kind.is_dir() {
            true => Err(Errno::PERM.into()),
            false => Ok(()),
        }
    }
}

/// Makes a descriptor non-blocking.
pub(crate) fn set_nonblocking(io: &impl AsSource) -> io::Result<()> {
    Ok(rustix::io::ioctl_fionbio(io, true)?)
}

/// A socket: non-blocking, and closed on exec.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedSource> {
    let flags = net::SocketFlags::CLOEXEC | net::SocketFlags::NONBLOCK;
    Ok(net::socket_with(family, kind, flags, None)?)
}

/// A socket: non-blocking, closed on exec, and without SIGPIPE, which no send flag avoids here.
#[cfg(target_vendor = "apple")]
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedSource> {
    let socket = net::socket(family, kind, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    set_nonblocking(&socket)?;
    net::sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(socket)
}

/// Accepts a connection that is non-blocking from the start: one call.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let flags = net::SocketFlags::CLOEXEC | net::SocketFlags::NONBLOCK;
    let accept = || net::acceptfrom_with(listener, flags);
    let (socket, peer) = rustix::io::retry_on_intr(accept)?;
    let peer = peer.ok_or(Errno::AFNOSUPPORT)?;
    Ok((socket.into(), peer.try_into()?))
}

/// Accepts a connection and makes it non-blocking: two calls, as accept takes no flags here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(crate) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    set_nonblocking(&stream)?;
    Ok((stream, peer))
}
