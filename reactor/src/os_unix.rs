//! Descriptors: what a source is on Unix.
//!
//! Invariant **OPEN**: a `RawSource` is kept only in the source table, from the registration of a
//! descriptor to its deregistration, and in between the descriptor belongs to the `Async` that was
//! registered. `Async` gives its value away only in `into_inner` and in its drop, each after
//! deregistration, and out by `&mut` only to those who promise (`get_mut` is unsafe, `IoSafe`) not
//! to replace it.
// `BorrowedFd::borrow_raw`: the table keeps the number, the `Async` keeps the descriptor.
#![allow(unsafe_code)]

use polling::{Event, PollMode, Poller};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketType};
use std::io;
use std::num::NonZero;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// What a connect says that is on its way.
pub(crate) const ON_ITS_WAY: Errno = Errno::INPROGRESS;
/// Errors of an accept that pass.
pub(crate) const SHORTAGES: &[Errno] = &[Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];

/// A registered descriptor, by number: by the number's complement, which is never zero, so that a
/// vacant place in the table needs no mark of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawSource(NonZero<RawFd>);

impl RawSource {
    pub(crate) fn new(io: &impl AsFd) -> RawSource {
        // -1 is no descriptor; nor is what would stand for it here.
        RawSource(NonZero::new(!io.as_fd().as_raw_fd()).unwrap_or(NonZero::<RawFd>::MIN))
    }

    fn number(self) -> RawFd {
        !self.0.get()
    }

    pub(crate) fn borrow(&self) -> BorrowedFd<'_> {
        // SAFETY: a descriptor that is borrowed must stay open; by OPEN it does.
        unsafe { BorrowedFd::borrow_raw(self.number()) }
    }

    #[allow(dead_code, reason = "only the portable wait needs it")]
    pub(crate) fn add_to(self, poller: &Poller, event: Event, mode: PollMode) -> io::Result<()> {
        // SAFETY: a registered descriptor must be deleted before it is closed; by OPEN it is.
        unsafe { poller.add_with_mode(self.number(), event, mode) }
    }

    /// Asks the system, without waiting, whether the descriptor is ready now.
    pub(crate) fn is_ready(self, writable: bool) -> io::Result<bool> {
        let asked = match writable {
            false => PollFlags::IN | PollFlags::PRI,
            true => PollFlags::OUT,
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
            true => Err(rustix::io::Errno::PERM.into()),
            false => Ok(()),
        }
    }
}

/// Makes a descriptor non-blocking.
pub(crate) fn set_nonblocking(io: &impl AsFd) -> io::Result<()> {
    rustix::io::ioctl_fionbio(io, true)?;
    Ok(())
}

/// A socket: non-blocking, and closed on exec.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    let flags = net::SocketFlags::CLOEXEC | net::SocketFlags::NONBLOCK;
    Ok(net::socket_with(family, kind, flags, None)?)
}

/// A socket: non-blocking, closed on exec, and without SIGPIPE, which no send flag avoids here.
#[cfg(target_vendor = "apple")]
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    let socket = net::socket(family, kind, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    set_nonblocking(&socket)?;
    net::sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(socket)
}
