//! The park state: three states that decide whether a wake must make a system call.
//!
//! The **owner** is the one thread inside this `block_on`. A **waker** is anybody who holds a clone
//! of its `Waker`, on any thread, the owner's included. **Notifying** is the system call that ends
//! the owner's wait.
//!
//! ```text
//!               park (owner)                   wake (anybody): notifies
//!   RUNNING ------------------> PARKED ---------------------------------.
//!     ^  ^                        |                                     v
//!     |  '------------------------'                                   WOKEN
//!     |       unpark (owner)                                           |  ^
//!     '----------------------------------------------------------------'  |
//!     |  take (owner)                                                     |
//!     '-------------------------------------------------------------------'
//!                          wake (anybody): no system call
//! ```
//!
//! # Why no wake is lost
//!
//! The race is "look, then sleep": the owner finds nothing to do, a waker says that there is
//! something, the owner sleeps all the same. Both go through one atomic, so one of them is first.
//!
//! - `wake` first: the state is `WOKEN`, `park` fails, the owner polls instead of sleeping.
//! - `park` first: `wake` finds `PARKED` and notifies. A notification that is made before the wait
//!   begins ends the wait at once.
//!
//! The waker may be delayed between its exchange and its system call. The notification then ends
//! a later wait, for nothing. That does no harm: the owner has taken that waker's `WOKEN` already,
//! and every wake since that found `PARKED` makes a notification of its own.
//!
//! # Why a wake is cheap
//!
//! The owner is never `PARKED` while it runs anybody's code. So a wake from its own thread finds
//! `RUNNING` or `WOKEN` and costs one exchange, no system call, and no look at the thread's
//! identity. Of any number of wakes from other threads during one sleep, only the first finds
//! `PARKED`.
//!
//! # Orderings
//!
//! `wake` must be a read-modify-write even when the state is `WOKEN` already. Its release half
//! hands over what the waker wrote before it; a plain look ("it is woken, nothing to do") would
//! publish nothing, and the owner could poll without seeing the reason. The acquire half of `take`
//! and `unpark` pairs with it. All exchanges are on one variable, so each continues the release
//! sequence of those before it, and no stronger order is needed.

use crate::atomic::{AtomicU8, Ordering};

const RUNNING: u8 = 0;
const PARKED: u8 = 1;
const WOKEN: u8 = 2;

/// What the caller of [`ParkState::wake`] has to do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Nothing: the owner runs, or has been notified, and looks by itself.
    Done,
    /// The owner sleeps, and this wake is the first since: notify it.
    Notify,
}

/// The state of one `block_on`.
#[derive(Debug)]
pub(crate) struct ParkState(AtomicU8);

impl ParkState {
    /// The owner runs, and nobody has woken it.
    pub(crate) fn new() -> ParkState {
        ParkState(AtomicU8::new(RUNNING))
    }

    /// There is something to do. Any thread.
    pub(crate) fn wake(&self) -> Wake {
        // Release: what the waker wrote is seen by the owner's next poll. Acquire: the notification
        // must not come before it is known that the owner sleeps.
        match self.0.swap(WOKEN, Ordering::AcqRel) {
            PARKED => Wake::Notify,
            _ => Wake::Done,
        }
    }

    /// Says whether the owner has been woken since the last time. Owner only, not parked.
    pub(crate) fn take(&self) -> bool {
        // A plain load is enough for "no": before the owner sleeps, it goes through `park`, which
        // is exact.
        if self.0.load(Ordering::Relaxed) != WOKEN {
            return false;
        }
        // Acquire: pairs with the release in every `wake` since the last `take`.
        self.0.swap(RUNNING, Ordering::AcqRel) == WOKEN
    }

    /// From here on a wake notifies. `false` if the owner has been woken: do not sleep. Owner only.
    #[must_use]
    pub(crate) fn park(&self) -> bool {
        self.0.compare_exchange(RUNNING, PARKED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The sleep is over, for whatever reason: from here on a wake makes no call. If the owner was
    /// woken, that stays for [`take`](ParkState::take) to find. Owner only.
    pub(crate) fn unpark(&self) {
        // Where it fails, the state is `WOKEN`, which only the owner changes. The acquire is left
        // to `take`, which reads the same or a later wake.
        let _woken = self.0.compare_exchange(PARKED, RUNNING, Ordering::AcqRel, Ordering::Relaxed);
    }
}
