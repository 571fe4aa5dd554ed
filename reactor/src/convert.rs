//! `Async` from and to what std has: descriptors, and the types of its sockets.

use crate::Async;
use std::io;

/// Implements what makes `Async<T>` a handle like others; the names differ by system.
macro_rules! descriptor {
    ($as_fd:ident, $as:ident, $borrowed:ident, $as_raw_fd:ident, $as_raw:ident, $raw:ident, $owned:ident) => {
        impl<T: $as_fd> $as_fd for Async<T> {
            fn $as(&self) -> $borrowed<'_> {
                self.get_ref().$as()
            }
        }

        impl<T: $as_raw_fd> $as_raw_fd for Async<T> {
            fn $as_raw(&self) -> $raw {
                self.get_ref().$as_raw()
            }
        }

        impl<T: $as_fd + From<$owned>> TryFrom<$owned> for Async<T> {
            type Error = io::Error;

            fn try_from(owned: $owned) -> io::Result<Async<T>> {
                Async::new(owned.into())
            }
        }

        impl<T: Into<$owned>> TryFrom<Async<T>> for $owned {
            type Error = io::Error;

            fn try_from(io: Async<T>) -> io::Result<$owned> {
                Ok(io.into_inner()?.into())
            }
        }
    };
}

#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
#[cfg(unix)]
descriptor!(AsFd, as_fd, BorrowedFd, AsRawFd, as_raw_fd, RawFd, OwnedFd);

#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, OwnedSocket, RawSocket};
#[cfg(windows)]
descriptor!(
    AsSocket,
    as_socket,
    BorrowedSocket,
    AsRawSocket,
    as_raw_socket,
    RawSocket,
    OwnedSocket
);

/// Implements the ways from and to one of std's sockets.
macro_rules! socket {
    ($type:ty, $new:expr) => {
        impl TryFrom<$type> for Async<$type> {
            type Error = io::Error;

            fn try_from(socket: $type) -> io::Result<Async<$type>> {
                $new(socket)
            }
        }

        impl TryFrom<Async<$type>> for $type {
            type Error = io::Error;

            fn try_from(socket: Async<$type>) -> io::Result<$type> {
                socket.into_inner()
            }
        }
    };
}

socket!(std::net::TcpListener, Async::new);
socket!(std::net::TcpStream, crate::net::tcp::adopt);
socket!(std::net::UdpSocket, Async::new);
#[cfg(unix)]
socket!(std::os::unix::net::UnixListener, Async::new);
#[cfg(unix)]
socket!(std::os::unix::net::UnixStream, Async::new);
#[cfg(unix)]
socket!(std::os::unix::net::UnixDatagram, Async::new);
