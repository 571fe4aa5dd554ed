//! The queue of woken slots on a host: a local list before the inbox.
//!
//! Chosen by feature `std`, because there a thread has a number (see `thread`). A wake from the
//! executor's own thread appends to a plain list and needs no atomic read-modify-write. Any other wake
//! goes through the inbox. In the first version of this crate a yield took 4.5 ns with this list and 16
//! without. The interface is that of `atomic`.
//!
//! # Terms
//! - *owner*: the thread that took the executor.
//! - *ready list*: slots that the owner woke or received from the inbox, oldest first.
//!
//! # Invariants
//! - **Owner's list**: only the owner touches the ready list and the slots' links for it.
//! - **Two links**: the ready list and the inbox use different links, so a slot may be in both. When
//!   the owner empties the inbox, it drops those that are in the ready list already.
//! - **Order**: the owner empties the inbox into the ready list before each push and each pop. So a
//!   wake that happened before another is queued before it, also if they came from two threads, and
//!   wakes of one slot from both sides count as one.
//!
//! # Orderings
//! `owner` is relaxed. A thread asks only whether it is the owner itself, and it sees its own writes:
//! it wrote the word when it became the owner, or cleared it when it ceased to be. Emptying the
//! inbox unmarks each slot, before its poll: see `inbox`.

use super::Pushed;
use super::inbox::Inbox;
use super::list::List;
use super::thread::{number, set_number};
use crate::atomic::{AtomicUsize, Ordering};
use crate::slot::SlotRef;

/// Woken slots.
pub(crate) struct Queue {
    inbox: Inbox,
    ready: List,
    /// The number of the thread that took the executor; 0: nobody has.
    owner: AtomicUsize,
}

impl Queue {
    /// The calling thread is the owner from now on, or no longer.
    pub(crate) fn set_owned(&self, is_owned: bool) {
        let owner = if is_owned { set_number() } else { 0 };
        self.owner.store(owner, Ordering::Relaxed);
    }

    /// Queues a slot, unless it is queued already.
    pub(crate) fn push(&self, slot: SlotRef) -> Pushed {
        if self.owner.load(Ordering::Relaxed) != number() || !self.inbox.is_quiet() {
            return self.push_slowly(slot);
        }
        Pushed { was_parked: false, ..self.ready.push(slot) }
    }

    /// A wake from another thread, or one that finds the inbox in use. Out of line, so that the fast
    /// path saves no registers.
    #[cold]
    #[inline(never)]
    fn push_slowly(&self, slot: SlotRef) -> Pushed {
        if self.owner.load(Ordering::Relaxed) == number() {
            self.empty_inbox();
            return Pushed { was_parked: self.inbox.unpark(), ..self.ready.push(slot) };
        }
        let is_new = slot.mark();
        Pushed { is_new, was_parked: is_new && self.inbox.push(slot) }
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    pub(crate) fn pop(&self) -> Option<SlotRef> {
        if !self.inbox.is_quiet() {
            self.empty_inbox();
        }
        self.ready.pop()
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<SlotRef> {
        self.empty_inbox();
        self.ready.newest()
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty() && !self.inbox.has_slots()
    }

    /// Has the next push say that the queue was parked. `false`: something is queued, look again.
    pub(crate) fn park(&self) -> bool {
        self.ready.is_empty() && self.inbox.park()
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster.
    pub(crate) fn unpark(&self) -> bool {
        self.inbox.unpark()
    }

    /// Moves what is in the inbox to the end of the ready list, oldest first.
    #[cold]
    #[inline(never)]
    fn empty_inbox(&self) {
        let mut chain = self.inbox.take();
        while let Some(slot) = chain {
            chain = slot.unmark();
            let _ = self.ready.push(slot);
        }
    }
}
