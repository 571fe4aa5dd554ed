//! futures-io's traits for `Async<T>` and `&Async<T>`, and which handles may be lent out mutably.
//!
//! A read or write that moved less than it could have is told to the source table. For a TCP stream
//! it proves that the system's buffer is empty, or full, so that the next call need not find out by
//! failing.

use crate::Async;
use crate::operate::When;
use crate::side::Side;
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A type whose `Read` and `Write` leave its descriptor alone.
///
/// [`Async`] lends such a type out mutably to its `read` and `write`.
///
/// # Safety
///
/// The type's implementations of `Read` and `Write` must not replace or drop the handle: it is
/// registered with the system by its descriptor.
#[allow(
    unsafe_code,
    reason = "the trait is async-io's, and so is the promise asked for"
)]
pub unsafe trait IoSafe {}

#[allow(unsafe_code, reason = "the promises for the types that are known")]
mod promises {
    use super::{IoSafe, Read, Write};

    // SAFETY: by a shared reference nothing is replaced, except by types that do so inside, which
    // is theirs to answer for.
    unsafe impl<T: ?Sized> IoSafe for &T {}

    // SAFETY: std's read and write pass the descriptor to the system and keep it.
    unsafe impl IoSafe for std::fs::File {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::Stdin {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::Stdout {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::Stderr {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::StdinLock<'_> {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::StdoutLock<'_> {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::StderrLock<'_> {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::PipeReader {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::io::PipeWriter {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::net::TcpStream {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::process::ChildStdin {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::process::ChildStdout {}
    // SAFETY: as above.
    unsafe impl IoSafe for std::process::ChildStderr {}
    #[cfg(unix)]
    // SAFETY: as above.
    unsafe impl IoSafe for std::os::unix::net::UnixStream {}

    // SAFETY: the buffers pass on to the inner handle and keep it.
    unsafe impl<T: IoSafe + Read> IoSafe for std::io::BufReader<T> {}
    // SAFETY: as above.
    unsafe impl<T: IoSafe + Write> IoSafe for std::io::BufWriter<T> {}
    // SAFETY: as above.
    unsafe impl<T: IoSafe + Write> IoSafe for std::io::LineWriter<T> {}
    // SAFETY: a mutable reference passes on to what it refers to.
    unsafe impl<T: IoSafe + ?Sized> IoSafe for &mut T {}
    // SAFETY: a box passes on to what it holds.
    unsafe impl<T: IoSafe + ?Sized> IoSafe for Box<T> {}
    // SAFETY: reading and writing pass on to what it holds.
    unsafe impl<T: Clone + IoSafe> IoSafe for std::borrow::Cow<'_, T> {}
}

/// Whether `moved` of `len` bytes is a part: not all, and not the none that is an end or an empty
/// buffer.
fn part(len: usize) -> impl Fn(&usize) -> bool {
    move |&moved| 0 < moved && moved < len
}

/// Nothing need be ready for nothing.
fn when(len: usize) -> When {
    match len {
        0 => When::AtOnce,
        _ => When::Ready,
    }
}

/// A read, or what it would give at the end of a stream that is known to be over.
fn read(over: bool, read: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    match over {
        true => Ok(0),
        false => read(),
    }
}

fn total(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(0, usize::saturating_add)
}

impl<T: IoSafe + Read> AsyncRead for Async<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        self.get_mut().poll_op_mut(
            Side::Read,
            cx,
            |io, over| read(over, || io.read(buf)),
            When::Ready,
            part(len),
        )
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = total(bufs.iter().map(|buf| buf.len()));
        self.get_mut().poll_op_mut(
            Side::Read,
            cx,
            |io, over| read(over, || io.read_vectored(bufs)),
            When::Ready,
            part(len),
        )
    }
}

impl<T> AsyncRead for &Async<T>
where
    for<'a> &'a T: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        self.poll_op(
            Side::Read,
            cx,
            |mut io, over| read(over, || io.read(buf)),
            When::Ready,
            part(len),
        )
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = total(bufs.iter().map(|buf| buf.len()));
        self.poll_op(
            Side::Read,
            cx,
            |mut io, over| read(over, || io.read_vectored(bufs)),
            When::Ready,
            part(len),
        )
    }
}

impl<T: IoSafe + Write> AsyncWrite for Async<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        self.get_mut()
            .poll_op_mut(Side::Write, cx, |io, _| io.write(buf), when(len), part(len))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = total(bufs.iter().map(|buf| buf.len()));
        self.get_mut().poll_op_mut(
            Side::Write,
            cx,
            |io, _| io.write_vectored(bufs),
            when(len),
            part(len),
        )
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_op_mut(
            Side::Write,
            cx,
            |io, _| io.flush(),
            When::AtOnce,
            |()| false,
        )
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl<T> AsyncWrite for &Async<T>
where
    for<'a> &'a T: Write,
{
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        self.poll_op(
            Side::Write,
            cx,
            |mut io, _| io.write(buf),
            when(len),
            part(len),
        )
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = total(bufs.iter().map(|buf| buf.len()));
        self.poll_op(
            Side::Write,
            cx,
            |mut io, _| io.write_vectored(bufs),
            when(len),
            part(len),
        )
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_op(
            Side::Write,
            cx,
            |mut io, _| io.flush(),
            When::AtOnce,
            |()| false,
        )
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
