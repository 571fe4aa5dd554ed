//! Sockets on Windows. Nothing else can be a source there.
//!
//! Invariant **OPEN**: a `RawSource` is kept only in the source table, from the registration of a
//! socket to its deregistration, and in between the socket belongs to the `Async` that was
//! registered, as on Unix.
#![allow(unsafe_code)] // The table keeps a socket's number.

use crate::event::Direction;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketType};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::windows::io::{AsRawSocket, BorrowedSocket, RawSocket};
use std::{io, sync::OnceLock};

/// What can lend a socket, and what owns one.
pub(crate) use std::os::windows::io::{AsSocket as AsSource, OwnedSocket as OwnedSource};

/// The error of a connect that is under way.
pub(crate) const CONNECTING: Errno = Errno::WOULDBLOCK;
/// Errors of an accept that pass.
pub(crate) const SHORTAGES: &[Errno] = &[Errno::MFILE, Errno::NOBUFS];

/// A registered socket, by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawSource(pub(super) RawSocket);

impl RawSource {
    pub(crate) fn new(io: &impl AsSource) -> RawSource {
        RawSource(io.as_socket().as_raw_socket())
    }

    pub(crate) fn borrow(&self) -> BorrowedSocket<'_> {
        // SAFETY: a socket that is borrowed must stay open; by OPEN it does.
        unsafe { BorrowedSocket::borrow_raw(self.0) }
    }

    /// Asks the system, without waiting, whether the socket is ready now.
    pub(crate) fn is_ready(self, direction: Direction) -> io::Result<bool> {
        let asked = match direction {
            Direction::Read => PollFlags::IN,
            Direction::Write => PollFlags::OUT,
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
pub(crate) fn set_nonblocking(io: &impl AsSource) -> io::Result<()> {
    Ok(rustix::io::ioctl_fionbio(io, true)?)
}

/// A socket: non-blocking. The system's sockets have to be started up once in a process.
pub(crate) fn socket(family: AddressFamily, kind: SocketType) -> io::Result<OwnedSource> {
    static STARTED: OnceLock<Result<(), Errno>> = OnceLock::new();
    (*STARTED.get_or_init(|| net::wsa_startup().map(drop)))?;
    let socket = net::socket(family, kind, None)?;
    set_nonblocking(&socket)?;
    Ok(socket)
}

/// Accepts a connection and makes it non-blocking.
pub(crate) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    set_nonblocking(&stream)?;
    Ok((stream, peer))
}
