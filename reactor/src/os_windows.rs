//! Sockets: what a source is on Windows. Nothing else can be one there.
//!
//! Invariant **OPEN**: a `RawSource` is kept only in the source table, from the registration of a
//! socket to its deregistration, and in between the socket belongs to the `Async` that was
//! registered, as on Unix.
// `BorrowedSocket::borrow_raw`: the table keeps the number, the `Async` keeps the socket.
#![allow(unsafe_code)]

use polling::{Event, PollMode, Poller};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketType};
use std::io;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, OwnedSocket, RawSocket};
use std::sync::OnceLock;

/// What a connect says that is on its way.
pub(crate) const ON_ITS_WAY: Errno = Errno::WOULDBLOCK;
/// Errors of an accept that pass.
pub(crate) const SHORTAGES: &[Errno] = &[Errno::MFILE, Errno::NOBUFS];

/// A registered socket, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawSource(RawSocket);

impl RawSource {
    pub(crate) fn new(io: &impl AsSocket) -> RawSource {
        RawSource(io.as_socket().as_raw_socket())
    }

    pub(crate) fn borrow(&self) -> BorrowedSocket<'_> {
        // SAFETY: a socket that is borrowed must stay open; by OPEN it does.
        unsafe { BorrowedSocket::borrow_raw(self.0) }
    }

    pub(crate) fn add_to(self, poller: &Poller, event: Event, mode: PollMode) -> io::Result<()> {
        // SAFETY: a registered socket must be deleted before it is closed; by OPEN it is.
        unsafe { poller.add_with_mode(self.0, event, mode) }
    }

    /// Asks the system, without waiting, whether the socket is ready now.
    pub(crate) fn is_ready(self, writable: bool) -> io::Result<bool> {
        let asked = match writable {
            false => PollFlags::IN,
            true => PollFlags::OUT,
        };
        let socket = self.borrow();
        let mut sockets = [PollFd::new(&socket, asked)];
        // Any answer counts: an error or a hang-up is found by the operation.
        Ok(rustix::event::poll(&mut sockets, Some(&Timespec::default()))? > 0)
    }

    /// A socket is never ready always; what is, a file, cannot come here.
    pub(crate) fn refuse_if_always_ready(self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a socket non-blocking.
pub(crate) fn set_nonblocking(io: &impl AsSocket) -> io::Result<()> {
    rustix::io::ioctl_fionbio(io, true)?;
    Ok(())
}

/// A socket: non-blocking. The system's sockets have to be started up once in a process.
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedSocket> {
    static STARTED: OnceLock<Result<(), Errno>> = OnceLock::new();
    (*STARTED.get_or_init(|| net::wsa_startup().map(drop)))?;
    let socket = net::socket(family, kind, None)?;
    set_nonblocking(&socket)?;
    Ok(socket)
}
