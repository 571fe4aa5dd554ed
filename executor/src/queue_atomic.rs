//! The queue of woken slots without `std`: the lock-free inbox, worked off a batch at a time.
//!
//! `queue_local` replaces it with feature `std`, and `queue_cs` with feature `critical-section`. All
//! three have the same interface: `mark` and `push` may be called from any thread or interrupt,
//! everything else only by the executor's thread. Slots leave the queue in the order in which they
//! were pushed.
//!
//! # Terms
//! - *batch*: what one take of the inbox gave and was not popped yet. It is older than everything in
//!   the inbox.

use core::cell::Cell;

use crate::inbox::Inbox;
use crate::parent_waker::{ParentWaker, Pushed};

/// What the queue keeps in each slot.
pub(crate) type Node = crate::inbox::Link;
/// A pointer to a node, valid for ever.
pub(crate) type NodeRef = crate::inbox::LinkRef;

/// How to wake the parent.
pub(crate) type Notify = fn(&Queue);

/// Woken slots.
pub(crate) struct Queue {
    inbox: Inbox,
    batch: Cell<Option<NodeRef>>,
    /// Set by the first park, so that a program that never parks does not contain the code.
    notify: Cell<Option<Notify>>,
    pub(crate) parent: ParentWaker,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            batch: Cell::new(None),
            notify: Cell::new(None),
            parent: ParentWaker::new(),
        }
    }

    /// The calling thread becomes the owner.
    pub(crate) fn set_up(&self) {}

    /// The calling thread is the owner no longer.
    pub(crate) fn disown(&self) {}

    /// Queues a slot, whose [mark](Node::mark) the caller has just set.
    #[inline(always)]
    pub(crate) fn push(&self, node: NodeRef) -> Pushed<Notify> {
        let was_parked = self.inbox.push(node);
        Pushed {
            is_new: true,
            notify: if was_parked { self.notify.get() } else { None },
        }
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<NodeRef> {
        let oldest = self.batch.get().or_else(|| self.inbox.take())?;
        // Read before unmarking: afterwards a wake may overwrite it.
        self.batch.set(oldest.next());
        oldest.unmark();
        Some(oldest)
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<NodeRef> {
        let mut newest = self.batch.get().or_else(|| self.inbox.take())?;
        self.batch.set(Some(newest));
        loop {
            while let Some(next) = newest.next() {
                newest = next;
            }
            match self.inbox.take() {
                Some(chain) => newest.append(chain),
                None => return Some(newest),
            }
        }
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.get().is_none() && !self.inbox.has_slots()
    }

    /// Has the next push give `notify`. `false`: something is queued.
    pub(crate) fn park(&self, notify: Notify) -> bool {
        self.notify.set(Some(notify));
        self.batch.get().is_none() && self.inbox.park()
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster, and wakes the parent.
    pub(crate) fn unpark(&self) -> bool {
        self.inbox.unpark()
    }

    /// Whether the caller, to whom a push gave `notify`, is the one to wake the parent.
    pub(crate) fn may_notify(&self) -> bool {
        true
    }
}
