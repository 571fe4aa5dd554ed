//! The inbox: a lock-free stack of woken slots. Any thread or interrupt may push.
//!
//! A push is one compare-and-swap. The executor takes all slots by one swap and reverses them, which
//! restores the order of the wakes. A slot carries its own link, so the inbox has no capacity that
//! could run out. (A stack with intrusive links is Treiber's, 1986; taking it whole avoids its
//! ABA problem.)
//!
//! # Terms
//! - *mark*: the bit that says that a slot is queued. A wake sets it; the owner clears it just before
//!   the slot is polled.
//! - *chain*: slots that were taken from the inbox, oldest first.
//! - *parked*: the executor found nothing to do and went to sleep. The next push must wake its
//!   parent.
//!
//! # Invariants
//! - **One pusher**: a slot is pushed by the one who changed its mark from clear to set, and by nobody
//!   else until the mark is clear again. So a slot is in the inbox or in a chain once, and `next` has
//!   one writer at a time.
//! - **One taker**: only the executor's thread takes, unmarks, parks and unparks.
//! - **One notifier**: the push that replaces `PARKED` by a slot, and no other, wakes the parent.
//!
//! # Orderings
//! What a thread wrote before a wake must be visible to the poll that follows.
//! - The wake that pushes: the push releases, and [`Inbox::take`] acquires. All pushes are
//!   read-modify-writes of `head`, so one swap acquires from each of them.
//! - A wake that finds the slot marked pushes nothing. It still writes the mark, with release, and
//!   [`SlotRef::unmark`], which runs before the poll, acquires from it. Marking and unmarking are
//!   read-modify-writes: a plain store would cut the release sequence, and the poll could miss what
//!   the second waker wrote.
//! - The owner reads `next` before it unmarks, and a new pusher writes `next` after it marked.
//!   Unmarking releases and marking acquires, so the owner cannot read what the new pusher writes.
//!
//! # Why no wake is lost when the executor goes to sleep
//! Thread A, the executor, parks: it changes `head` from `EMPTY` to `PARKED`. Thread B wakes a slot:
//! it changes `head` to that slot. Both changes are read-modify-writes of one word, so one comes
//! first. If B's comes first, A's fails, and A looks again. If A's comes first, B replaces `PARKED`,
//! and B wakes the parent.

#![allow(unsafe_code)] // Follows links, which lead to headers that live for ever.

use core::ptr;

use crate::atomic::AtomicPtr;
use crate::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::slot::{Header, MARK, SlotRef};

use super::ONE;

/// As the head: the inbox is empty.
const EMPTY: *mut Header = ptr::null_mut();
/// As the head: the inbox is empty, and the executor is parked.
const PARKED: *mut Header = ONE;

impl SlotRef {
    /// Marks the slot. `true`: it was not marked, and the caller pushes it.
    pub(super) fn mark(&self) -> bool {
        // Acquire and release: see "Orderings".
        self.tag.fetch_or(MARK, AcqRel) & MARK == 0
    }

    /// Unmarks the slot, which leaves its chain: from now on a wake queues it again. Gives the next
    /// of the chain.
    pub(super) fn unmark(&self) -> Option<SlotRef> {
        // Before unmarking: afterwards a wake may overwrite it.
        let next = self.next_in_chain();
        // Acquire and release: see "Orderings".
        self.tag.fetch_and(!MARK, AcqRel);
        next
    }

    /// The next of the chain that `take` gave.
    pub(super) fn next_in_chain(&self) -> Option<SlotRef> {
        let next = self.next.load(Relaxed);
        // SAFETY: it must be a slot's. In a chain a link is null or leads to one.
        (!next.is_null()).then(|| unsafe { SlotRef::from_ptr(next) })
    }

    /// Puts a chain behind this slot, the last of its own chain.
    #[cfg(not(feature = "std"))]
    pub(super) fn append(&self, chain: SlotRef) {
        self.next.store(chain.as_ptr(), Relaxed);
    }
}

/// The stack.
pub(super) struct Inbox(AtomicPtr<Header>);

impl Inbox {
    /// Pushes a slot that the caller has marked. `true`: the executor was parked, and the caller wakes
    /// its parent.
    pub(super) fn push(&self, slot: SlotRef) -> bool {
        loop {
            let found = self.0.load(Relaxed);
            // Relaxed: published by the exchange.
            slot.next.store(found, Relaxed);
            // Release: pairs with `take`. Acquire: pairs with `park`, which published the parent's waker.
            if self.0.compare_exchange_weak(found, slot.as_ptr(), AcqRel, Relaxed).is_ok() {
                return found == PARKED;
            }
        }
    }

    /// Takes all slots: the oldest, from which the others follow.
    pub(super) fn take(&self) -> Option<SlotRef> {
        // Look first: a swap would also remove `PARKED`, and the next wake would notify nobody.
        if !self.has_slots() {
            return None;
        }
        // Acquire: pairs with every push of the chain.
        let newest = self.0.swap(EMPTY, Acquire);
        // SAFETY: it must be a slot's. There are slots, and nobody else takes (One taker).
        let mut oldest = unsafe { SlotRef::from_ptr(newest) };
        // Relaxed: nobody else uses the links (One pusher), and the swap has acquired them.
        let mut rest = oldest.next.load(Relaxed);
        oldest.next.store(EMPTY, Relaxed);
        // SAFETY: it is null, 1, or a slot's. `push` links to slots, and the last link is `EMPTY` or
        // `PARKED`.
        while let Some(slot) = unsafe { SlotRef::from_link(rest) } {
            rest = slot.next.load(Relaxed);
            slot.next.store(oldest.as_ptr(), Relaxed);
            oldest = slot;
        }
        Some(oldest)
    }

    /// Whether a slot was pushed, as far as this thread can know.
    pub(super) fn has_slots(&self) -> bool {
        self.0.load(Relaxed).addr() > PARKED.addr()
    }

    /// Whether the inbox is empty and the executor is not parked, as far as this thread can know.
    #[cfg(feature = "std")]
    pub(super) fn is_quiet(&self) -> bool {
        self.0.load(Relaxed) == EMPTY
    }

    /// From empty to parked. `false`: a slot was pushed, look again.
    pub(super) fn park(&self) -> bool {
        // Release: pairs with `push`.
        self.0.compare_exchange(EMPTY, PARKED, Release, Relaxed).is_ok()
    }

    /// From parked to empty. `false`: a push was faster, and wakes the parent.
    pub(super) fn unpark(&self) -> bool {
        self.0.compare_exchange(PARKED, EMPTY, Relaxed, Relaxed).is_ok()
    }
}
