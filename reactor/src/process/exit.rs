//! How the end of a child is noticed: by a source that becomes readable no earlier than the child
//! ends.
//!
//! The child is **looked at** (`waitpid` without waiting) at first and again after each event. The
//! source is registered before the first look, so an end between a look and the sleep is an event
//! of its own. An event need not be an end, and at an end the child may not be ours yet, if a
//! debugger traces it. Then the look finds nothing and the next event is waited for.

use std::task::{Context, Poll, ready};
use std::{io, os::fd::OwnedFd, pin::Pin};

use futures_core::Stream;

use super::pidfd;
use crate::signal::{SIGCHLD, Signals};
use crate::{Async, event::Direction, io_op, source::Place};

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

    /// Calls `look` now, and whenever the child may have ended, until it finds something.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> Poll<io::Result<T>> {
        match self {
            // The look is the descriptor's read: if it finds nothing, it would block.
            Watch::Process(descriptor) => {
                let read = |_: &_| look()?.ok_or(io::ErrorKind::WouldBlock.into());
                io_op::poll(descriptor.key(), Direction::Read, &mut Place::Slot, cx, read)
            }
            Watch::Children(signals) => loop {
                if let Some(found) = look()? {
                    return Poll::Ready(Ok(found));
                }
                ready!(Pin::new(&mut *signals).poll_next(cx)).transpose()?;
            },
        }
    }
}
