//! The ends of a child's pipes that are ours: futures-io's traits over `Async`.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use std::{pin::Pin, process::Stdio};

use futures_io::{AsyncRead, AsyncWrite};

use crate::Async;

/// Our end of a child's standard input. Dropping or closing it is the end of what the child reads.
/// See [`Child`](super::Child).
///
/// The child's side of the pipe blocks as ever; only ours does not.
#[derive(Debug)]
pub struct ChildStdin {
    /// `None` once closed.
    pipe: Option<Async<std::process::ChildStdin>>,
}

impl ChildStdin {
    pub(super) fn new(pipe: std::process::ChildStdin) -> io::Result<ChildStdin> {
        Ok(ChildStdin { pipe: Some(Async::new(pipe)?) })
    }

    /// Turns it into what another command may write to: its stdout goes into this child's stdin.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` if it is closed, or what the system says.
    ///
    /// # Cancellation
    ///
    /// It never waits; it is async as async-process's is.
    pub async fn into_stdio(self) -> io::Result<Stdio> {
        let pipe = self.pipe.ok_or_else(closed)?;
        blocking(OwnedFd::from(pipe.into_inner()?))
    }

    fn open(&mut self) -> io::Result<Pin<&mut Async<std::process::ChildStdin>>> {
        self.pipe.as_mut().map(Pin::new).ok_or_else(closed)
    }
}

impl AsyncWrite for ChildStdin {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write_vectored(cx, bufs)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A pipe holds nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe = None;
        Poll::Ready(Ok(()))
    }
}

macro_rules! output_pipe {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        ///
        /// It ends when the child, and all to whom the child has given its side, have closed it.
        /// See [`Child`](super::Child).
        #[derive(Debug)]
        pub struct $name {
            pipe: Async<std::process::$name>,
        }

        impl $name {
            pub(super) fn new(pipe: std::process::$name) -> io::Result<$name> {
                Ok($name { pipe: Async::new(pipe)? })
            }

            /// Turns it into what another command may read from.
            ///
            /// # Errors
            ///
            /// What the system says.
            ///
            /// # Cancellation
            ///
            /// It never waits; it is async as async-process's is.
            pub async fn into_stdio(self) -> io::Result<Stdio> {
                blocking(OwnedFd::from(self.pipe.into_inner()?))
            }
        }

        impl AsyncRead for $name {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.pipe).poll_read(cx, buf)
            }

            fn poll_read_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.pipe).poll_read_vectored(cx, bufs)
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.pipe.as_fd()
            }
        }
    };
}

output_pipe!(ChildStdout, "Our end of a child's standard output.");
output_pipe!(ChildStderr, "Our end of a child's standard error.");

/// Another process's side of a pipe blocks, as every program expects of its own input and output.
fn blocking(pipe: OwnedFd) -> io::Result<Stdio> {
    rustix::io::ioctl_fionbio(&pipe, false)?;
    Ok(Stdio::from(pipe))
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the child's stdin has been closed")
}
