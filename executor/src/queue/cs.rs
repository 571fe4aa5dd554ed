//! The queue of woken slots under a critical section: a list with two ends.
//!
//! Chosen by feature `critical-section`. It is the smallest of the three queues, and the only one for
//! processors without compare-and-swap. A push and a pop mask interrupts for a few instructions; how
//! is up to the program, which links an implementation of the `critical-section` crate. The
//! interface is that of `atomic`.
//!
//! # Invariants
//! - **Masked**: every access to a slot's link and to the list happens inside
//!   `critical_section::with`. So no two of them overlap, and each sees what the one before it wrote.

use super::Pushed;
use super::list::List;
use crate::slot::SlotRef;

/// Woken slots.
pub(crate) struct Queue(List);

fn masked<R>(work: impl FnOnce() -> R) -> R {
    critical_section::with(|_| work())
}

impl Queue {
    /// The calling thread is the owner from now on, or no longer.
    pub(crate) fn set_owned(&self, _: bool) {}

    /// Queues a slot, unless it is queued already.
    pub(crate) fn push(&self, slot: SlotRef) -> Pushed {
        masked(|| self.0.push(slot))
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    pub(crate) fn pop(&self) -> Option<SlotRef> {
        masked(|| self.0.pop())
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<SlotRef> {
        masked(|| self.0.newest())
    }

    /// Whether nothing is queued.
    pub(crate) fn is_empty(&self) -> bool {
        masked(|| self.0.is_empty())
    }

    /// Has the next push say that the queue was parked. `false`: something is queued, look again.
    pub(crate) fn park(&self) -> bool {
        masked(|| self.0.park())
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster.
    pub(crate) fn unpark(&self) -> bool {
        masked(|| self.0.unpark())
    }
}
