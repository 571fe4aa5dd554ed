//! Operations: is the side ready as far as is known? Then try. Would it block? Then the side is not
//! ready: leave a waker and wait for the event. Nothing is asked of the system twice.
//!
//! Two ways to wait: in the **poll slot** of a side, for the `poll_` methods and futures-io's
//! traits; or in its queue, for everything that is a future of its own.

use crate::Async;
use crate::reactor::{self, Reactor};
use crate::ready::Queued;
use crate::side::{Gate, Side, Stamp};
use crate::source::Key;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

/// When an operation is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// When its side is ready.
    Ready,
    /// At once: it may well need nothing of the system (a flush, an empty buffer).
    AtOnce,
}

impl<T> Async<T> {
    /// One operation by a waiter of its own in the queue.
    pub(crate) async fn with<R>(
        &self,
        side: Side,
        mut op: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut queued = Queued::new(self, side);
        poll_fn(|cx| {
            loop {
                let stamp = ready!(queued.poll_gate(cx))?;
                match op(self.io()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.blocked(side, stamp)
                    }
                    result => return Poll::Ready(result),
                }
            }
        })
        .await
    }

    /// One operation by the poll slot. It is told whether a stream is known to have ended: then it
    /// need not ask the system. `short` says whether what it moved is less than it could have.
    pub(crate) fn poll_op<R>(
        &self,
        side: Side,
        cx: &mut Context<'_>,
        mut op: impl FnMut(&T, bool) -> io::Result<R>,
        when: When,
        short: impl Fn(&R) -> bool,
    ) -> Poll<io::Result<R>> {
        let mut eager = self.eager(when);
        loop {
            let stamp = match eager.take() {
                Some(stamp) => stamp,
                None => ready!(self.poll_gate(side, cx))?,
            };
            match op(self.io(), self.is_over(stamp)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked(side, stamp)
                }
                result => {
                    self.moved(side, stamp, &result, short);
                    return Poll::Ready(result);
                }
            }
        }
    }

    /// The same for operations that need the handle mutably.
    pub(crate) fn poll_op_mut<R>(
        &mut self,
        side: Side,
        cx: &mut Context<'_>,
        mut op: impl FnMut(&mut T, bool) -> io::Result<R>,
        when: When,
        short: impl Fn(&R) -> bool,
    ) -> Poll<io::Result<R>> {
        let mut eager = self.eager(when);
        loop {
            let stamp = match eager.take() {
                Some(stamp) => stamp,
                None => ready!(self.poll_gate(side, cx))?,
            };
            let is_over = self.is_over(stamp);
            match op(self.io_mut(), is_over) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked(side, stamp)
                }
                result => {
                    self.moved(side, stamp, &result, short);
                    return Poll::Ready(result);
                }
            }
        }
    }

    /// Whether a stream has ended, and nobody else can have changed anything about that.
    fn is_over(&self, stamp: Stamp) -> bool {
        stamp.at_end && !self.is_lent()
    }

    fn eager(&self, when: When) -> Option<Stamp> {
        match when {
            When::Ready => None,
            When::AtOnce => reactor::try_with(|reactor| reactor.sources().stamp(self.key()))?,
        }
    }

    fn moved<R>(
        &self,
        side: Side,
        stamp: Stamp,
        result: &io::Result<R>,
        short: impl Fn(&R) -> bool,
    ) {
        if result.as_ref().is_ok_and(short) {
            reactor::try_with(|reactor| reactor.sources().was_short(self.key(), side, stamp));
        }
    }

    pub(crate) fn blocked(&self, side: Side, stamp: Stamp) {
        reactor::try_with(|reactor| reactor.sources().blocked(self.key(), side, stamp));
    }

    fn poll_gate(&self, side: Side, cx: &mut Context<'_>) -> Poll<io::Result<Stamp>> {
        let gate = reactor::with(|reactor| Ok(reactor.sources().gate(self.key(), side)))?;
        match gate {
            Gate::Open(stamp) => Poll::Ready(Ok(stamp)),
            Gate::GiveWay => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Gate::Shut => {
                reactor::with(|reactor| self.park(reactor, side, cx))?;
                Poll::Pending
            }
        }
    }

    /// Whether an operation may be tried, for those who do it themselves.
    pub(crate) fn poll_ready(&self, side: Side, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match reactor::with(|reactor| look(reactor, self.key(), side))? {
            Gate::Open(_) => Poll::Ready(Ok(())),
            Gate::GiveWay => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Gate::Shut => {
                reactor::with(|reactor| self.park(reactor, side, cx))?;
                Poll::Pending
            }
        }
    }

    /// Whether it is known that no error, hang-up or end was told to a side.
    pub(crate) fn is_plain(&self, side: Side) -> bool {
        reactor::try_with(|reactor| reactor.sources().is_plain(self.key(), side)) == Some(true)
    }

    /// Leaves the task's waker in the poll slot.
    fn park(&self, reactor: &Reactor, side: Side, cx: &Context<'_>) -> io::Result<()> {
        if reactor.sources().is_parked(self.key(), side, cx.waker()) {
            return Ok(());
        }
        let waker = cx.waker().clone();
        let stored = reactor.sources().park(self.key(), side, waker);
        reactor.arm(self.key(), stored).map(drop)
    }
}

/// Whether a side is ready, for those who do the operation themselves and so never tell the reactor
/// that it would block: readiness that is only remembered is checked with the system. Readiness
/// that an event has just told to the poll slot is not.
pub(crate) fn look(reactor: &Reactor, key: Key, side: Side) -> io::Result<Gate> {
    let told = reactor.sources().take_told(key, side);
    let gate = reactor.sources().gate(key, side);
    if let (Gate::Open(stamp), false) = (&gate, told) {
        let raw = reactor.sources().raw(key);
        let ready = match raw {
            Some(raw) => raw.is_ready(side == Side::Write)?,
            None => false,
        };
        if !ready {
            reactor.sources().blocked(key, side, *stamp);
            return Ok(Gate::Shut);
        }
    }
    Ok(gate)
}
