//! The one routine behind every operation: check the readiness, try, and if it would block, leave a
//! waker and wait for the event.

use crate::readiness::{Attempt, Check};
use crate::source::{Key, Place};
use crate::{event::Direction, reactor};
use std::io;
use std::task::{Context, Poll};

/// Does one operation of a source. `op` is tried while the source may be ready, until it does not
/// return `WouldBlock`; the waker is left at `place`.
pub(crate) fn poll<R>(
    key: Key,
    direction: Direction,
    place: &mut Place,
    cx: &mut Context<'_>,
    mut op: impl FnMut(&Attempt) -> io::Result<R>,
) -> Poll<io::Result<R>> {
    loop {
        let check = reactor::with(|reactor| {
            let check = reactor.sources().check(key, direction);
            if let Check::Wait = check {
                reactor.wait(key, direction, place, cx)?;
            }
            Ok(check)
        })?;
        let attempt = match check {
            Check::Try(attempt) => attempt,
            Check::Wait => return Poll::Pending,
            Check::Yield => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        };
        match op(&attempt) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                reactor::try_with(|reactor| reactor.sources().would_block(key, direction, attempt));
            }
            result => return Poll::Ready(result),
        }
    }
}

/// Whether a source is ready, as an operation. A task that waits for that does the real operation
/// elsewhere, so the reactor never learns whether it would block. So the system is asked.
pub(crate) fn readiness(direction: Direction) -> impl Fn(&Attempt) -> io::Result<()> {
    move |attempt| match attempt.raw.is_ready(direction)? {
        true => Ok(()),
        false => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// A place in a source's queue, taken by the first poll that has to wait, given back by the drop.
/// It must be dropped before its source.
#[derive(Debug)]
pub(crate) struct Waiter {
    key: Key,
    direction: Direction,
    place: Place,
}

impl Waiter {
    pub(crate) fn new(key: Key, direction: Direction) -> Waiter {
        let place = Place::Queue(None);
        Waiter { key, direction, place }
    }

    /// [`poll`] with this waiter's place.
    pub(crate) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        op: impl FnMut(&Attempt) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        poll(self.key, self.direction, &mut self.place, cx, op)
    }

    pub(crate) fn poll_readiness(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, readiness(self.direction))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Place::Queue(Some(index)) = self.place {
            // The waker leaves the closure and is dropped when no borrow is held.
            let _waker = reactor::try_with(|reactor| reactor.sources().dequeue(self.key, index));
        }
    }
}
