//! The wake flag: three states that decide whether a wake must ring the bell.
//!
//! The **owner** is the one thread inside this `block_on`. A **waker** is anybody who holds a clone
//! of its `Waker`, on any thread, the owner's included. The **bell** is the poller's notify: a
//! system call that ends the owner's wait.
//!
//! ```text
//!            fall_asleep (owner)                 raise (anybody): rings the bell
//!   AWAKE ----------------------> ASLEEP ------------------------------------------.
//!     ^  ^                          |                                              v
//!     |  '--------------------------'                                           RAISED
//!     |        wake_up (owner)                                                   |  ^
//!     '--------------------------------------------------------------------------'  |
//!     '---------------------------------- raise (anybody): silent ------------------'
//!              take, wake_up (owner)
//! ```
//!
//! # Why no wake is lost
//!
//! The race is "look, then sleep": the owner finds nothing to do, a waker says there is, the owner
//! sleeps all the same. Both sides go through one atomic, so one of them is first.
//!
//! - `raise` first: the flag is `RAISED`, `fall_asleep` fails, the owner polls instead of sleeping.
//! - `fall_asleep` first: `raise` finds `ASLEEP` and rings. The bell is sticky (an eventfd, a
//!   pipe): rung before the wait begins, it ends the wait at once.
//!
//! And the owner answers the bell (empties it) only while the flag is not `ASLEEP`, so what it
//! empties can only belong to a raise which it has taken, or takes before it next sleeps.
//!
//! # Why a wake is cheap
//!
//! The owner is never `ASLEEP` while it runs anybody's code. So a wake from its own thread finds
//! `AWAKE` or `RAISED` and is one swap, no system call, with no thread identity asked. Of any
//! number of foreign wakes in one sleep, the first swaps `ASLEEP` away: one bell per sleep.
//!
//! # Orderings
//!
//! `raise` must be a read-modify-write even when the flag is up already: its release half hands
//! over what the waker wrote before it. A plain look ("it is raised, nothing to do") would publish
//! nothing, and the owner could poll without seeing the reason. The acquire half of `take` and
//! `wake_up` pairs with it. All swaps are on one variable, so each continues the release sequence
//! of the ones before, and no stronger order is needed.

use crate::atomic::{AtomicU8, Ordering};

const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const RAISED: u8 = 2;

/// What the caller of [`Flag::raise`] has to do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raise {
    /// The owner runs, or somebody else has rung: it will look by itself.
    Silent,
    /// The owner sleeps, and this raise is the first since: ring.
    Ring,
}

/// One `block_on`'s flag.
#[derive(Debug)]
pub(crate) struct Flag {
    state: AtomicU8,
}

impl Flag {
    /// A flag that is down, its owner awake.
    pub(crate) fn new() -> Flag {
        Flag {
            state: AtomicU8::new(AWAKE),
        }
    }

    /// Says that there is something to do. Any thread.
    pub(crate) fn raise(&self) -> Raise {
        // Release: what the waker wrote is seen by the owner's next poll. Acquire: a ring must not
        // come before it knew that the owner sleeps.
        match self.state.swap(RAISED, Ordering::AcqRel) {
            ASLEEP => Raise::Ring,
            _ => Raise::Silent,
        }
    }

    /// Takes the flag down; says whether it was up. Owner only, awake.
    pub(crate) fn take(&self) -> bool {
        // The owner alone takes it down, so a plain look that finds it down is good enough here:
        // before it sleeps it goes through `fall_asleep`, which is exact.
        if self.state.load(Ordering::Relaxed) != RAISED {
            return false;
        }
        // Acquire: pairs with the release in every `raise` since the last take.
        self.state.swap(AWAKE, Ordering::AcqRel) == RAISED
    }

    /// Whether the flag is up. Owner only, awake; a glance, nothing is taken.
    pub(crate) fn is_raised(&self) -> bool {
        self.state.load(Ordering::Relaxed) == RAISED
    }

    /// From here on a raise rings. `false` if the flag is up: do not sleep. Owner only.
    #[must_use]
    pub(crate) fn fall_asleep(&self) -> bool {
        self.state
            .compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// The sleep is over, for whatever reason: from here on a raise is silent. It leaves a raised
    /// flag up, for [`take`](Flag::take) to find. Owner only.
    pub(crate) fn wake_up(&self) {
        // A failure means that it is up: nobody but the owner takes it down, so it stays so. The
        // acquire is left to `take`, which reads the same or a later raise.
        let _raised =
            self.state
                .compare_exchange(ASLEEP, AWAKE, Ordering::AcqRel, Ordering::Relaxed);
    }
}
