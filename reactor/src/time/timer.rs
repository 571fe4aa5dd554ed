//! `Timer`: a moment, or a row of moments, as a future and a stream.

use super::queue::SlotKey;
use crate::reactor::{self, Reactor};
use futures_core::Stream;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{marker::PhantomData, pin::Pin};

/// A future, and a stream, of the instants at which it was due.
///
/// Timers fire in the order of their deadlines, and those with the same deadline in the order in
/// which they began to be waited for; never early, and as late as the system wakes the thread (see
/// [`Clock::set_slack`](crate::Clock::set_slack)). A deadline too far away for the clock is never.
/// It counts on the thread's [`Clock`](crate::Clock), and it stays on its thread once it has been
/// polled (`!Send`).
///
/// # Cancellation
///
/// Dropping it disarms it. One that was made can be awaited again by `&mut`, or set anew.
///
/// ```
/// use futures_core::Stream;
/// use std::future::poll_fn;
/// use std::pin::Pin;
/// use std::time::Duration;
/// use wakeful_reactor::{Timer, block_on};
///
/// block_on(async {
///     Timer::after(Duration::from_millis(2)).await;
///     // As a stream, with poll_fn in the place of the `next` of futures-lite or futures-util.
///     let mut ticks = Timer::interval(Duration::from_millis(1));
///     let first = poll_fn(|cx| Pin::new(&mut ticks).poll_next(cx)).await.unwrap();
///     let second = poll_fn(|cx| Pin::new(&mut ticks).poll_next(cx)).await.unwrap();
///     assert_eq!(second - first, Duration::from_millis(1));
/// });
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct Timer {
    /// When it is due next; `None` is never.
    when: Option<Instant>,
    period: Duration,
    /// The reactor's slot, from the first poll that had to wait to the drop.
    slot: Option<SlotKey>,
    thread: PhantomData<*const ()>,
}

/// Waits for a duration: [`Timer::after`].
///
/// # Cancellation
///
/// Dropping it disarms it.
///
/// ```
/// use std::time::Duration;
/// use wakeful_reactor::{block_on, sleep};
///
/// block_on(sleep(Duration::from_millis(1)));
/// ```
pub fn sleep(duration: Duration) -> Timer {
    Timer::after(duration)
}

impl Timer {
    fn new(when: Option<Instant>, period: Duration) -> Timer {
        Timer { when, period, slot: None, thread: PhantomData }
    }

    /// A timer that never fires, until it is set.
    pub fn never() -> Timer {
        Timer::new(None, Duration::MAX)
    }

    /// Fires once, after a duration from now.
    pub fn after(duration: Duration) -> Timer {
        Timer::new(from_now(duration), Duration::MAX)
    }

    /// Fires once, at an instant.
    pub fn at(instant: Instant) -> Timer {
        Timer::interval_at(instant, Duration::MAX)
    }

    /// Fires again and again, first after one period from now. The moments are fixed: a late one
    /// does not move the next.
    pub fn interval(period: Duration) -> Timer {
        Timer::new(from_now(period), period)
    }

    /// Fires at an instant and then again and again.
    pub fn interval_at(start: Instant, period: Duration) -> Timer {
        Timer::new(Some(start), period)
    }

    /// Whether it will ever fire: whether it is set, and if it fires once, has not.
    pub fn will_fire(&self) -> bool {
        self.when.is_some()
    }

    /// Sets it to fire once, after a duration from now.
    pub fn set_after(&mut self, duration: Duration) {
        self.set(from_now(duration), Duration::MAX);
    }

    /// Sets it to fire once, at an instant.
    pub fn set_at(&mut self, instant: Instant) {
        self.set(Some(instant), Duration::MAX);
    }

    /// Sets it to fire again and again, first after one period from now.
    pub fn set_interval(&mut self, period: Duration) {
        self.set(from_now(period), period);
    }

    /// Sets it to fire at an instant and then again and again.
    pub fn set_interval_at(&mut self, start: Instant, period: Duration) {
        self.set(Some(start), period);
    }

    /// Sets it to never.
    pub fn clear(&mut self) {
        self.set(None, Duration::MAX);
    }

    /// A task that waits already goes on waiting, for the new moment. If the timer has fired and
    /// has not been polled since, it has not fired any more.
    fn set(&mut self, when: Option<Instant>, period: Duration) {
        self.when = when;
        self.period = period;
        if let Some(waker) = self.release() {
            reactor::try_with(|reactor| self.reserve(reactor, waker));
        }
    }

    /// Whether it is due. Where `looks` is false, only the reactor's turns look at the clock:
    /// [`timeout`](crate::timeout) polls its timer each time its future is polled.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>, looks: bool) -> Poll<Instant> {
        let polled = reactor::try_with(|reactor| {
            if let Some(when) = self.when {
                let fired = self.slot.is_some_and(|slot| reactor.timers().has_fired(slot));
                let is_past = || looks && reactor.time.now.get() >= when;
                if fired || (is_past() && reactor.may_be_ready_at_once()) {
                    drop(self.release());
                    self.when = when.checked_add(self.period);
                    return Poll::Ready(when);
                }
            }
            self.wait(reactor, cx);
            Poll::Pending
        });
        // Nothing fires on a thread that is ending.
        polled.unwrap_or(Poll::Pending)
    }

    /// Leaves the task's waker.
    fn wait(&mut self, reactor: &Reactor, cx: &mut Context<'_>) {
        reactor.assert_runs();
        let waker = cx.waker().clone();
        match self.slot {
            // The waker that was replaced is dropped here, when no borrow is held.
            Some(slot) => {
                let _replaced = reactor.timers().set_waker(slot, waker);
            }
            None => self.reserve(reactor, waker),
        }
    }

    /// Takes a slot, armed if there is a deadline.
    fn reserve(&mut self, reactor: &Reactor, waker: Waker) {
        let deadline = self.when.map(|when| reactor.time.deadline(when));
        self.slot = reactor.timers().insert(waker, deadline);
    }

    /// Frees the slot; the waker of a task that still waits goes to the caller.
    fn release(&mut self) -> Option<Waker> {
        let slot = self.slot.take()?;
        // A thread that is ending has dropped all timers with its reactor.
        reactor::try_with(|reactor| reactor.timers().remove(slot))?
    }
}

/// An instant from now on the thread's clock; `None` where the clock ends.
fn from_now(duration: Duration) -> Option<Instant> {
    let now = reactor::try_with(|reactor| reactor.time.now.get()).unwrap_or_else(Instant::now);
    now.checked_add(duration)
}

impl Drop for Timer {
    fn drop(&mut self) {
        drop(self.release());
    }
}

impl Future for Timer {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        self.poll_due(cx, true)
    }
}

impl Stream for Timer {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_due(cx, true).map(Some)
    }
}
