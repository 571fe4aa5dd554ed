//! futures-io's traits for `Async<T>` and `&Async<T>`, and which handles may be passed out mutably.
//!
//! A read or write that moved less than it could have is noted with the source. For a TCP stream it
//! proves that the system's buffer is empty, or full, so that the next call need not find out by
//! failing (see [`Short`](crate::readiness::Short)).
#![allow(unsafe_code)] // `IoSafe` is async-io's, and so is the promise that it asks for.

use crate::source::{Key, Place};
use crate::{Async, event::Direction, io_op, reactor};
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A type whose `Read` and `Write` leave its descriptor alone.
///
/// [`Async`] passes such a type mutably to its `read` and `write`.
///
/// # Safety
///
/// The type's implementations of `Read` and `Write` must not replace or drop the handle: it is
/// registered with the system by its descriptor.
pub unsafe trait IoSafe {}

/// Promises [`IoSafe`] for types, with the reason.
macro_rules! io_safe {
    ($([$($generics:tt)*] $type:ty;)*) => {
        $(
            // SAFETY: the implementation must not replace the handle. Those of std's handles pass
            // the descriptor to the system and keep it. Those of std's buffers, references and
            // boxes pass the call on to what they hold. By a shared reference nothing is replaced,
            // except by types that do so inside, whose own promise that is.
            unsafe impl<$($generics)*> IoSafe for $type {}
        )*
    };
}

io_safe! {
    [] std::fs::File; [] std::net::TcpStream; [] std::io::PipeReader; [] std::io::PipeWriter;
    [] std::io::Stdin; [] std::io::Stdout; [] std::io::Stderr;
    [] std::io::StdinLock<'_>; [] std::io::StdoutLock<'_>; [] std::io::StderrLock<'_>;
    [] std::process::ChildStdin; [] std::process::ChildStdout; [] std::process::ChildStderr;
    [T: IoSafe + Read] std::io::BufReader<T>;
    [T: IoSafe + Write] std::io::BufWriter<T>; [T: IoSafe + Write] std::io::LineWriter<T>;
    [T: ?Sized] &T; [T: IoSafe + ?Sized] &mut T;
    [T: IoSafe + ?Sized] Box<T>; [T: Clone + IoSafe] std::borrow::Cow<'_, T>;
}
#[cfg(unix)]
io_safe! { [] std::os::unix::net::UnixStream; }

/// Moves bytes by an operation that could move `len`, and notes a short one.
fn poll_move(
    key: Key,
    direction: Direction,
    len: usize,
    cx: &mut Context<'_>,
    mut op: impl FnMut() -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    if len == 0 && direction == Direction::Write {
        return Poll::Ready(Ok(0)); // it needs no room
    }
    let moved = io_op::poll(key, direction, &mut Place::Slot, cx, |_| op());
    // Zero bytes are the end of the stream, not a short read.
    if matches!(moved, Poll::Ready(Ok(moved)) if 0 < moved && moved < len) {
        reactor::try_with(|reactor| reactor.sources().was_short(key, direction));
    }
    moved
}

fn total(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(0, usize::saturating_add)
}

/// Implements both traits for a kind of handle. `$parts` gives its key, and what reads and writes.
macro_rules! io_traits {
    ($type:ty, [$($read:tt)*], [$($write:tt)*], |$this:ident| $parts:expr) => {
        impl<T> AsyncRead for $type where $($read)* {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                let $this = self.get_mut();
                let (key, io) = $parts;
                poll_move(key, Direction::Read, buf.len(), cx, || io.read(buf))
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                let $this = self.get_mut();
                let (key, io) = $parts;
                let len = total(bufs.iter().map(|buf| buf.len()));
                poll_move(key, Direction::Read, len, cx, || io.read_vectored(bufs))
            }
        }

        impl<T> AsyncWrite for $type where $($write)* {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                let $this = self.get_mut();
                let (key, io) = $parts;
                poll_move(key, Direction::Write, buf.len(), cx, || io.write(buf))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $this = self.get_mut();
                let (key, io) = $parts;
                let len = total(bufs.iter().map(|buf| buf.len()));
                poll_move(key, Direction::Write, len, cx, || io.write_vectored(bufs))
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $this = self.get_mut();
                let (key, io) = $parts;
                // It may need nothing of the system, so it is tried whatever is known of the
                // source.
                match io.flush() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        let place = &mut Place::Slot;
                        io_op::poll(key, Direction::Write, place, cx, |_| io.flush())
                    }
                    result => Poll::Ready(result),
                }
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }
        }
    };
}

io_traits!(Async<T>, [T: IoSafe + Read], [T: IoSafe + Write], |this| this.parts_mut());
io_traits!(
    &Async<T>,
    [for<'a> &'a T: Read],
    [for<'a> &'a T: Write],
    |this| (this.key(), &mut this.get_ref())
);
