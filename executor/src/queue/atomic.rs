//! The queue of woken slots without `std`: the lock-free inbox, worked off a batch at a time.
//!
//! `local` replaces it with feature `std`, and `cs` with feature `critical-section`. All
//! three have the same interface: `push` may be called from any thread or interrupt,
//! everything else only by the executor's thread. Slots leave the queue in the order in which they
//! were pushed.
//!
//! # Terms
//! - *batch*: what one take of the inbox gave and was not popped yet. It is older than everything in
//!   the inbox.

use core::cell::Cell;

use super::Pushed;
use super::inbox::Inbox;
use crate::slot::SlotRef;

/// Woken slots.
pub(crate) struct Queue {
    inbox: Inbox,
    batch: Cell<Option<SlotRef>>,
}

impl Queue {
    /// The calling thread is the owner from now on, or no longer.
    pub(crate) fn set_owned(&self, _: bool) {}

    /// Queues a slot, unless it is queued already.
    pub(crate) fn push(&self, slot: SlotRef) -> Pushed {
        let is_new = slot.mark();
        Pushed { is_new, was_parked: is_new && self.inbox.push(slot) }
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    pub(crate) fn pop(&self) -> Option<SlotRef> {
        let oldest = self.batch.get().or_else(|| self.inbox.take())?;
        self.batch.set(oldest.unmark());
        Some(oldest)
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<SlotRef> {
        let mut newest = self.batch.get().or_else(|| self.inbox.take())?;
        self.batch.set(Some(newest));
        while let Some(next) = newest.next_in_chain().or_else(|| self.inbox.take()) {
            newest.append(next);
            newest = next;
        }
        Some(newest)
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.get().is_none() && !self.inbox.has_slots()
    }

    /// Has the next push say that the queue was parked. `false`: something is queued, look again.
    pub(crate) fn park(&self) -> bool {
        self.batch.get().is_none() && self.inbox.park()
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster.
    pub(crate) fn unpark(&self) -> bool {
        self.inbox.unpark()
    }
}
