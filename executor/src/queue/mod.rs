//! The queue of woken slots, in three alternatives with one interface.
//!
//! | file | chosen by | a wake is |
//! |---|---|---|
//! | `local` | feature `std` | plain memory on the executor's thread, the inbox elsewhere |
//! | `cs` | feature `critical-section` | a list, with interrupts masked |
//! | `atomic` | neither | the lock-free inbox |
//!
//! `push` may be called from any thread or interrupt, everything else only by the queue's owner, the
//! executor's thread. Slots leave the queue in the order in which they were pushed.

#[cfg_attr(feature = "std", path = "local.rs")]
#[cfg_attr(all(not(feature = "std"), feature = "critical-section"), path = "cs.rs")]
#[cfg_attr(not(any(feature = "std", feature = "critical-section")), path = "atomic.rs")]
mod chosen;
#[cfg(any(feature = "std", not(feature = "critical-section")))]
mod inbox;
#[cfg(any(feature = "std", feature = "critical-section"))]
mod list;
mod run_queue;
#[cfg(feature = "std")]
mod thread;

use crate::slot::Header;

pub(crate) use run_queue::RunQueue;

/// A link that leads to no slot.
const ONE: *mut Header = core::ptr::without_provenance_mut(1);

/// What a push did.
#[must_use]
pub(crate) struct Pushed {
    /// The slot was not queued before.
    pub(crate) is_new: bool,
    /// The queue was parked: the caller wakes its owner's parent.
    pub(crate) was_parked: bool,
}
