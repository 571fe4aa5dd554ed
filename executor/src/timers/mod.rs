//! Sleeping where there is no operating system: [`TimerQueue`].
//!
//! A queue keeps deadlines and wakers. It knows no clock, no hardware and no executor. Time is a
//! `u64` that counts ticks of a unit that the user chooses. A task waits for a tick, and the code
//! that has the clock calls [`expire`](TimerQueue::expire) with the present one.
//!
//! There are two ways to drive a queue:
//!
//! - **By a periodic interrupt**, which counts ticks and calls `expire(now)` each time. Sleeps then
//!   end at their ticks.
//! - **By the idle hook** ([`Park::park`](crate::Park::park), or the loop around
//!   [`tick`](crate::LocalExecutor::tick)). It calls `expire(now)` and then sleeps, at most until the
//!   deadline that was returned. On the same core, the tasks that arm timers have run before the
//!   hook, so it knows of all their timers; an alarm interrupt then only has to end the sleep.
//!
//! # Contexts
//! Every function here may be called from any thread and any interrupt at any time. Each step is a
//! few atomic instructions on one slot, and none waits for another context (see `slot.rs`). In
//! particular `expire` may interrupt a task that is arming or cancelling a timer. It cannot see that
//! one timer then, and asks to be called again at the next tick.
//!
//! # Cost
//! Arming searches a free slot. Cancelling is one exchange. `expire` looks at every slot once, and
//! once more for each timer that is due. With some tens of timers this is the smallest code, and it
//! never switches interrupts off for long. Programs with thousands of timers have an operating
//! system, and the timers of a reactor.

mod sleep;
mod slot;

use core::future::Future;
use core::task::Waker;

use crate::atomic::{AtomicU32, Ordering};

pub use sleep::{Sleep, Timeout, TimeoutError, TimersFull};
use slot::{Seen, Slot};

/// Up to `N` deadlines, in a `static`.
///
/// ```
/// # #[cfg(feature = "std")] {
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
/// # }
/// ```
pub struct TimerQueue<const N: usize> {
    parts: Parts<[Slot; N]>,
}

/// The queue without its size: code that uses it exists once, and not once a size.
type Queue = Parts<[Slot]>;

struct Parts<S: ?Sized> {
    /// Numbers the armings, so that timers with equal deadlines keep their order.
    armings: AtomicU32,
    slots: S,
}

impl<const N: usize> TimerQueue<N> {
    /// A queue without timers.
    pub const fn new() -> Self {
        Self { parts: Parts { armings: AtomicU32::new(0), slots: [const { Slot::new() }; N] } }
    }

    /// Waits until [`expire`](Self::expire) is called with `deadline` or a later tick. If the
    /// deadline has passed already, the next call ends the sleep.
    ///
    /// The first poll takes one of the `N` slots, and the end gives it back. Sleeps with equal
    /// deadlines end in the order of their first polls.
    ///
    /// # Errors
    /// [`TimersFull`] if all slots are in use at the first poll.
    ///
    /// # Cancellation
    /// Dropping the future gives its slot back at once and wakes nobody. If another context is
    /// firing it at that moment, the slot is free when that context is done.
    pub fn sleep_until(&self, deadline: u64) -> Sleep<'_> {
        Sleep { queue: &self.parts, deadline, slot: None }
    }

    /// Runs `future`, but no longer than until tick `deadline`.
    ///
    /// The future is polled first. So a result that is ready in time is never refused, and a future
    /// that is ready at once needs no slot.
    ///
    /// # Errors
    /// [`TimeoutError::Elapsed`] if the deadline came first, [`TimeoutError::Full`] if all slots are
    /// in use. The future is dropped with the timeout.
    ///
    /// # Cancellation
    /// Dropping it drops `future` and gives the slot back.
    ///
    /// ```
    /// # #[cfg(feature = "std")] {
    /// use core::future::{pending, ready};
    /// use wakeful_executor::block_on;
    /// use wakeful_executor::timers::{TimeoutError, TimerQueue};
    ///
    /// static TIMERS: TimerQueue<0> = TimerQueue::new();
    ///
    /// assert_eq!(block_on(TIMERS.timeout(5, ready(1))), Ok(1));
    /// assert_eq!(block_on(TIMERS.timeout(5, pending::<()>())), Err(TimeoutError::Full));
    /// # }
    /// ```
    pub fn timeout<F: Future>(&self, deadline: u64, future: F) -> Timeout<'_, F> {
        let sleep = self.sleep_until(deadline);
        Timeout { sleep, future }
    }

    /// Wakes all sleeps whose deadline is tick `now` or earlier, in the order of their deadlines, and
    /// returns the earliest deadline that is left: the tick at which to call again.
    ///
    /// It wakes at most `N`, so it ends. A timer that is due even then, for example because a waker
    /// armed it, is the deadline that it returns. If another context is arming or cancelling a timer
    /// at this moment, it returns at most `now + 1`.
    pub fn expire(&self, now: u64) -> Option<u64> {
        let queue: &Queue = &self.parts;
        queue.expire(now)
    }

    /// The earliest deadline, as [`expire`](Self::expire) returns it, without waking anybody. If
    /// another context is arming or cancelling a timer at this moment, it returns 0: ask again.
    pub fn next_deadline(&self) -> Option<u64> {
        let queue: &Queue = &self.parts;
        queue.earliest(0).map(|(deadline, ..)| deadline)
    }

    /// How many slots are in use.
    pub fn len(&self) -> usize {
        let slots = self.parts.slots.iter();
        slots.filter(|slot| !slot.is_free()).count()
    }

    /// Whether no slot is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many slots there are: `N`.
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
        let slot = self.slots.iter().find(|slot| slot.claim())?;
        // Relaxed: it only counts, and the armings of one thread are in order anyway.
        let number = self.armings.fetch_add(1, Ordering::Relaxed);
        slot.arm(number, deadline, waker);
        Some(slot)
    }

    fn expire(&self, now: u64) -> Option<u64> {
        let mut left = self.slots.len();
        loop {
            let (deadline, slot, seen) = self.earliest(now.saturating_add(1))?;
            if deadline > now || left == 0 {
                return Some(deadline);
            }
            slot.fire(seen);
            left -= 1;
        }
    }

    /// The armed slot that fires first. One that its owner is changing has the deadline `busy`.
    fn earliest(&self, busy: u64) -> Option<(u64, &Slot, Seen)> {
        let mut first: Option<(u64, &Slot, Seen)> = None;
        for slot in &self.slots {
            let Some((deadline, seen)) = slot.look(busy) else {
                continue;
            };
            let is_first = first.is_none_or(|(earliest, _, other)| {
                deadline < earliest || deadline == earliest && seen.is_before(other)
            });
            if is_first {
                first = Some((deadline, slot, seen));
            }
        }
        first
    }
}
