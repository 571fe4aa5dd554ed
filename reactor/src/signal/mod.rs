//! The process's signals as a stream of their numbers.
//!
//! A signal interrupts any thread at any instruction, so its handler may do next to nothing. Ours
//! (file `mailbox`) marks the signal in a bit set and writes one byte to a socket pair, whose other
//! end is a source of the reactor like any other; the rest happens in an ordinary poll. Handlers
//! are chained by `signal-hook-registry`: others' handlers for the same signal keep working, and
//! several [`Signals`] may listen for one signal, each on a thread of its own.
//!
//! # Why no signal is lost
//!
//! The handler marks, then writes. The reader empties the socket until it would block, then looks
//! at the marks, then sleeps. A handler that marks after that look also writes after it, and the
//! byte is a new event for the reactor. A byte may come without a mark, because an earlier look
//! took the mark: that is one poll for nothing.
//!
//! # What it does not do
//!
//! Count. A signal that comes again before it is taken is one signal, as it is to the system for
//! all but the real-time ones.

mod mailbox;

use std::task::{Context, Poll};
use std::{fmt, io, os::unix::net::UnixStream, pin::Pin, sync::Arc};

use futures_core::Stream;
use rustix::process::Signal;
use signal_hook_registry::SigId;

use crate::{Async, error::context};
use mailbox::Mailbox;

/// The terminal is gone, or: read your configuration again.
pub const SIGHUP: i32 = Signal::HUP.as_raw();
/// Control-C.
pub const SIGINT: i32 = Signal::INT.as_raw();
/// Control-\\.
pub const SIGQUIT: i32 = Signal::QUIT.as_raw();
/// Please end.
pub const SIGTERM: i32 = Signal::TERM.as_raw();
/// For the program's own use.
pub const SIGUSR1: i32 = Signal::USR1.as_raw();
/// For the program's own use.
pub const SIGUSR2: i32 = Signal::USR2.as_raw();
/// A child process ended or stopped.
pub const SIGCHLD: i32 = Signal::CHILD.as_raw();
/// A stopped process goes on.
pub const SIGCONT: i32 = Signal::CONT.as_raw();
/// Control-Z.
pub const SIGTSTP: i32 = Signal::TSTP.as_raw();
/// The terminal's window has another size.
pub const SIGWINCH: i32 = Signal::WINCH.as_raw();

/// A stream of the signals that the process receives, of those it was made for.
///
/// Once the stream is made, the signals no longer have their default action: Control-C does not end
/// a program that listens for [`SIGINT`], not even after the stream is dropped, since the handler
/// stays. Signals that come before the stream is polled wait for it, each at most once. Signals
/// that come together are given in the order of their numbers.
///
/// The stream never ends. An item is an error only if the socket pair inside fails, which only a
/// program that closes foreign descriptors can bring about.
///
/// # Cancellation
///
/// Dropping a `next()` future loses nothing: what was received stays in the stream.
///
/// # Examples
///
/// ```
/// use futures_core::Stream;
/// use std::{future::poll_fn, pin::Pin};
/// use wakeful_reactor::signal::{SIGTERM, SIGUSR1, Signals};
///
/// # wakeful_reactor::block_on(async {
/// let mut signals = Signals::new([SIGTERM, SIGUSR1])?;
/// # let pid = std::process::id().to_string();
/// # std::process::Command::new("kill").args(["-USR1", &pid]).status()?;
/// // With futures-lite's or futures-util's `StreamExt` this is `signals.next().await`.
/// let signal = poll_fn(|cx| Pin::new(&mut signals).poll_next(cx)).await;
/// assert_eq!(signal.transpose()?, Some(SIGUSR1));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct Signals {
    /// Our handlers. Removed before the rest goes, so that none writes to a closed socket.
    handlers: Vec<(i32, SigId)>,
    mailbox: Arc<Mailbox>,
    socket: Async<UnixStream>,
}

impl Signals {
    /// Listens for `signals`, by their numbers. A number that occurs twice counts once.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a number that is no signal, or one that must not or cannot be caught
    /// (SIGKILL, SIGSTOP, SIGILL, SIGFPE, SIGSEGV); otherwise what the system says when it has no
    /// descriptors left.
    pub fn new(signals: impl IntoIterator<Item = i32>) -> io::Result<Signals> {
        let (ours, handlers_end) =
            UnixStream::pair().map_err(|error| context("listening for signals", error))?;
        handlers_end.set_nonblocking(true)?;
        let mut made = Signals {
            handlers: Vec::new(),
            mailbox: Arc::new(Mailbox::new(handlers_end)),
            socket: Async::new(ours)?,
        };
        for signal in signals {
            made.add(signal)?;
        }
        Ok(made)
    }

    /// Listens for one more signal.
    ///
    /// # Errors
    ///
    /// As for [`new`](Signals::new). The signals listened for before remain.
    pub fn add(&mut self, signal: i32) -> io::Result<()> {
        if self.handlers.iter().any(|(known, _)| *known == signal) {
            return Ok(());
        }
        let id = mailbox::deliver(signal, &self.mailbox)
            .map_err(|error| context(format_args!("listening for signal {signal}"), error))?;
        self.handlers.push((signal, id));
        Ok(())
    }

    /// Reads the socket until that would block, and is pending then. `Ready` is an error.
    fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let mut bytes = [0; 64];
            let mut socket = &self.socket;
            match futures_io::AsyncRead::poll_read(Pin::new(&mut socket), cx, &mut bytes) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return Poll::Ready(io::ErrorKind::UnexpectedEof.into()),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(error),
            }
        }
    }
}

impl Stream for Signals {
    type Item = io::Result<i32>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(signal) = self.mailbox.take() {
            return Poll::Ready(Some(Ok(signal)));
        }
        if let Poll::Ready(error) = self.poll_empty(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        match self.mailbox.take() {
            Some(signal) => Poll::Ready(Some(Ok(signal))),
            None => Poll::Pending,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for (_, id) in self.handlers.drain(..) {
            signal_hook_registry::unregister(id);
        }
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.handlers.iter().map(|(signal, _)| signal);
        f.write_str("Signals")?;
        f.debug_list().entries(numbers).finish()
    }
}
