//! Sleeping where there is no operating system: [`TimerQueue`].
//!
//! A queue keeps deadlines and wakers and knows nothing else: no clock, no hardware, no executor.
//! Time is a `u64` that counts ticks of whatever unit its user chooses. Tasks wait for a tick;
//! whoever has the clock calls [`expire`](TimerQueue::expire) with the present one.
//!
//! Two ways to drive it:
//!
//! - **By a periodic interrupt**, which counts ticks and calls `expire(now)` each time. A deadline
//!   is then met at its tick.
//! - **By the idle hook** ([`Park::park`](crate::Park::park), or the loop around
//!   [`tick`](crate::LocalExecutor::tick)): `expire(now)` before going to sleep, and sleep no longer
//!   than until the deadline that it returns. The hook runs after the tasks that arm timers on this
//!   core, so it knows of all of them; an alarm interrupt then only has to end the sleep.
//!
//! # Contexts
//! Everything here may be called from any thread and any interrupt at any time, because every step
//! is a few atomic instructions on one slot and none waits for another context (see `slot.rs`). In
//! particular `expire` may interrupt a task while it arms or cancels a timer. That one timer is then
//! out of sight, and `expire` asks to be called again at the next tick.
//!
//! # Cost
//! Arming looks for a free slot; cancelling is one exchange; `expire` looks at every slot, and once
//! more for each timer that is due. That is the smallest code and the shortest time with interrupts
//! disturbed where there are tens of timers; programs with thousands have an operating system, and
//! the reactor's timers.

mod sleep;
mod slot;

use core::future::Future;
use core::task::Waker;

use crate::atomic::{AtomicU32, Ordering};

pub use sleep::{Sleep, Timeout, TimeoutError, TimersFull};
use slot::{Armed, Look, Slot, Ticket};

/// Up to `N` deadlines, in a `static`.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::timers::TimerQueue;
/// use wakeful_executor::{Executor, block_on, yield_now};
///
/// static EXECUTOR: Executor<2, 128> = Executor::new();
/// static TIMERS: TimerQueue<2> = TimerQueue::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let late = local.spawn(TIMERS.sleep_until(20)).expect("two slots");
/// let early = local.spawn(TIMERS.sleep_until(10)).expect("two slots");
/// block_on(local.run_until(async {
///     yield_now().await; // Both are armed now.
///     assert_eq!(TIMERS.expire(9), Some(10)); // A tick interrupt would call this.
///     assert_eq!(TIMERS.expire(10), Some(20));
///     assert_eq!(early.await, Ok(()));
///     assert!(!late.is_finished());
///     assert_eq!(TIMERS.expire(25), None);
///     assert_eq!(late.await, Ok(()));
/// }));
/// ```
pub struct TimerQueue<const N: usize> {
    parts: Parts<[Slot; N]>,
}

/// The queue without its size, so that what uses it exists once.
type Queue = Parts<[Slot]>;

struct Parts<S: ?Sized> {
    /// How many timers were ever armed: it numbers them, for order among equal deadlines.
    tickets: AtomicU32,
    slots: S,
}

impl<const N: usize> TimerQueue<N> {
    /// A queue without timers: all zeros, but for the wakers' empty places.
    #[must_use]
    pub const fn new() -> Self {
        let slots = [const { Slot::new() }; N];
        Self {
            parts: Parts {
                tickets: AtomicU32::new(0),
                slots,
            },
        }
    }

    /// Waits until [`expire`](Self::expire) is called with `deadline` or a later tick. A deadline
    /// that has passed already is met by the next call.
    ///
    /// The first poll takes one of the `N` places, and the end gives it back. Sleeps with equal
    /// deadlines end in the order of their first polls.
    ///
    /// # Errors
    /// [`TimersFull`] if at the first poll all places are in use.
    ///
    /// # Cancellation
    /// Dropping the future gives its place back at once, without waking anybody. If it was due at
    /// that very moment in another context, the place is given back when that context is done.
    pub fn sleep_until(&self, deadline: u64) -> Sleep<'_> {
        Sleep::new(&self.parts, deadline)
    }

    /// Runs `future`, but no longer than until `deadline`.
    ///
    /// The future is polled first, so what is ready in time is never refused, and takes no place if
    /// it is ready at once.
    ///
    /// # Errors
    /// [`TimeoutError::Elapsed`] if the deadline came first, [`TimeoutError::Full`] if all places
    /// are in use. The future is dropped with the timeout.
    ///
    /// # Cancellation
    /// Dropping it drops `future` and gives the place back.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use core::future::{pending, ready};
    /// use wakeful_executor::block_on;
    /// use wakeful_executor::timers::{TimeoutError, TimerQueue};
    ///
    /// static TIMERS: TimerQueue<0> = TimerQueue::new();
    ///
    /// assert_eq!(block_on(TIMERS.timeout(5, ready(1))), Ok(1));
    /// assert_eq!(block_on(TIMERS.timeout(5, pending::<()>())), Err(TimeoutError::Full));
    /// ```
    pub fn timeout<F: Future>(&self, deadline: u64, future: F) -> Timeout<'_, F> {
        Timeout::new(self.sleep_until(deadline), future)
    }

    /// Wakes all whose deadline is `now` or earlier, in the order of their deadlines, and returns
    /// the earliest that is left: the tick at which to call again.
    ///
    /// It wakes at most `N`, so it ends; what is due even so, because a waker armed it or its owner
    /// was polling it, is then the deadline that it returns. If it finds a timer whose owner, on
    /// another thread or below this interrupt, is arming it at this moment, it returns at most
    /// `now + 1`.
    pub fn expire(&self, now: u64) -> Option<u64> {
        let queue: &Queue = &self.parts;
        queue.expire(now)
    }

    /// How many places are in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts
            .slots
            .iter()
            .filter(|slot| !slot.is_free())
            .count()
    }

    /// Whether no place is in use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many places there are: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<const N: usize> Default for TimerQueue<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    /// Arms a free slot; `None` if there is none.
    fn arm(&self, deadline: u64, waker: Waker) -> Option<&Slot> {
        let slot = self.slots.iter().find(|slot| slot.hold())?;
        // Relaxed: a ticket orders nothing but armings, and those of one thread are in order.
        let ticket = Ticket::new(self.tickets.fetch_add(1, Ordering::Relaxed));
        slot.arm(ticket, deadline, waker);
        Some(slot)
    }

    fn expire(&self, now: u64) -> Option<u64> {
        let mut left = self.slots.len();
        loop {
            let mut next = None;
            match self.first_due(now, &mut next) {
                None => return next,
                Some((deadline, ..)) if left == 0 => return Some(deadline),
                Some((_, slot, armed)) => slot.fire(armed),
            }
            left -= 1;
        }
    }

    /// The first that is due at `now`; and into `next`, the earliest tick at which another may be.
    fn first_due(&self, now: u64, next: &mut Option<u64>) -> Option<(u64, &Slot, Armed)> {
        let mut first: Option<(u64, &Slot, Armed)> = None;
        for slot in &self.slots {
            let later = match slot.look() {
                Look::Idle => continue,
                Look::Busy => now.saturating_add(1),
                Look::Armed(deadline, armed) if deadline <= now => {
                    let is_first = first.is_none_or(|(earliest, _, other)| {
                        deadline < earliest || deadline == earliest && armed.is_before(other)
                    });
                    if is_first {
                        first = Some((deadline, slot, armed));
                    }
                    continue;
                }
                Look::Armed(deadline, _) => deadline,
            };
            *next = Some(next.map_or(later, |next| next.min(later)));
        }
        first
    }
}
