//! How the end of a child is learnt.
//!
//! Both ways give the same: a source that becomes readable no earlier than the child ends. The
//! child is looked at first and again after each event, so an end between the look and the sleep is
//! an event of its own, and an event that means nothing costs one `waitpid`.

use std::task::{Context, Poll, ready};
use std::{io, os::fd::OwnedFd, pin::Pin};

use futures_core::Stream;

use super::pidfd;
use crate::Async;
use crate::signal::{SIGCHLD, Signals};

/// A source that becomes readable at a child's end.
pub(super) enum Watch {
    /// A descriptor of the process, readable when it has ended.
    Process(Async<OwnedFd>),
    /// The signal that some child of ours has ended or stopped.
    Children(Signals),
}

impl Watch {
    /// Watches the child of number `pid`, which has not been reaped (**Own**).
    pub(super) fn new(pid: u32, by_signal: bool) -> io::Result<Watch> {
        if !by_signal {
            if let Some(descriptor) = pidfd::open(pid)? {
                return Ok(Watch::Process(Async::new_nonblocking(descriptor)?));
            }
        }
        Ok(Watch::Children(Signals::new([SIGCHLD])?))
    }

    /// Calls `look` until it finds something, now and whenever the child may have ended.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> Poll<io::Result<T>> {
        loop {
            if let Some(found) = look()? {
                return Poll::Ready(Ok(found));
            }
            ready!(match self {
                Watch::Process(descriptor) => descriptor.poll_readable(cx),
                Watch::Children(signals) => {
                    let next = Pin::new(signals).poll_next(cx);
                    next.map(|signal| signal.transpose().map(drop))
                }
            })?;
        }
    }
}
