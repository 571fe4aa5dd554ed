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
//! - **One notifier**: whoever replaces `PARKED` by a slot, and nobody else, wakes the parent.
//!
//! # Orderings
//! What a thread wrote before a wake must be visible to the poll that follows.
//! - The wake that pushes: the push releases, and [`Inbox::take`] acquires. All pushes are
//!   read-modify-writes of `head`, so one swap acquires from each of them.
//! - A wake that finds the slot marked pushes nothing. It still writes the mark, with release, and
//!   [`LinkRef::unmark`], which runs before the poll, acquires from it. Marking and unmarking are
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

#![allow(unsafe_code)] // Follows pointers between slots.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use crate::atomic::{AtomicIndex, AtomicPtr, Ordering, fence};
use crate::state::{Index, State};

/// What a slot needs to be in the inbox.
#[repr(C)]
pub(crate) struct Link {
    /// The payload, times two, and the mark.
    tag: AtomicIndex,
    /// The slot's state. It is only here because it fits here.
    state: Cell<State>,
    /// The slot that was pushed before this one; in a chain, after this one.
    next: AtomicPtr<Link>,
}

/// A pointer to a link, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkRef(NonNull<Link>);

const MARK: Index = 1;

/// As the head: the inbox is empty. Null, so that zeros are an empty inbox.
const EMPTY: *mut Link = ptr::null_mut();
/// As the head: the inbox is empty, and the executor is parked.
const PARKED: *mut Link = ptr::without_provenance_mut(1);
/// No smaller address is a link's.
const FIRST: usize = 2;

impl Link {
    pub(crate) const fn new(payload: Index) -> Self {
        Self {
            next: AtomicPtr::new(EMPTY),
            tag: AtomicIndex::new(payload << 1),
            state: Cell::new(State::NO_HANDLE),
        }
    }

    #[inline(always)]
    pub(crate) fn state(&self) -> &Cell<State> {
        &self.state
    }

    /// What was stored with the link.
    #[inline(always)]
    pub(crate) fn payload(&self) -> Index {
        // Relaxed: it does not change once anyone else has a pointer to the link.
        self.tag.load(Ordering::Relaxed) >> 1
    }

    /// Stores a number with the link, before anyone else has a pointer to it.
    #[inline(always)]
    pub(crate) fn set_payload(&self, payload: Index) {
        self.tag.store(payload << 1, Ordering::Relaxed);
    }

    /// Marks the slot. The payload, if it was not marked: then the caller pushes it.
    #[inline(always)]
    pub(crate) fn mark(&self) -> Option<Index> {
        // Acquire and release: see "Orderings".
        let tag = self.tag.fetch_or(MARK, Ordering::AcqRel);
        (tag & MARK == 0).then_some(tag >> 1)
    }
}

impl LinkRef {
    /// # Safety
    /// The link is never moved nor freed, and the pointer may be used for as long.
    #[inline(always)]
    pub(crate) unsafe fn new(link: NonNull<Link>) -> Self {
        Self(link)
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> NonNull<Link> {
        self.0
    }

    #[inline(always)]
    pub(crate) fn link(&self) -> &Link {
        // SAFETY: a reference needs a living target. The link is never freed (`new`).
        unsafe { self.0.as_ref() }
    }

    /// Unmarks the slot, which leaves its chain: from now on a wake queues it again.
    #[inline(always)]
    pub(crate) fn unmark(self) {
        // Acquire and release: see "Orderings".
        self.link().tag.fetch_and(!MARK, Ordering::AcqRel);
    }

    /// The next of the chain.
    #[inline(always)]
    pub(crate) fn next(self) -> Option<LinkRef> {
        NonNull::new(self.link().next.load(Ordering::Relaxed)).map(LinkRef)
    }

    /// Puts a chain behind this link, which is the last of its own.
    #[cfg_attr(feature = "std", allow(dead_code))]
    pub(crate) fn append(self, chain: LinkRef) {
        self.link().next.store(chain.0.as_ptr(), Ordering::Relaxed);
    }
}

/// The link that a pointer on the stack names, if any.
#[inline(always)]
fn at(pointer: *mut Link) -> Option<LinkRef> {
    if pointer == PARKED {
        return None;
    }
    NonNull::new(pointer).map(LinkRef)
}

/// The stack.
pub(crate) struct Inbox {
    head: AtomicPtr<Link>,
}

impl Inbox {
    pub(crate) const fn new() -> Self {
        Self {
            head: AtomicPtr::new(EMPTY),
        }
    }

    /// Pushes a slot that the caller has marked. `true`: the executor was parked, and the caller wakes
    /// its parent.
    #[inline(always)]
    pub(crate) fn push(&self, link: LinkRef) -> bool {
        loop {
            let found = self.head.load(Ordering::Relaxed);
            // Relaxed: published by the exchange.
            link.link().next.store(found, Ordering::Relaxed);
            // Release: pairs with `take`.
            let new = link.0.as_ptr();
            let pushed =
                self.head
                    .compare_exchange_weak(found, new, Ordering::Release, Ordering::Relaxed);
            match pushed {
                Ok(PARKED) => {
                    // Pairs with `park`: the parent's waker is visible.
                    fence(Ordering::Acquire);
                    return true;
                }
                Ok(_) => return false,
                Err(_) => {}
            }
        }
    }

    /// Takes all slots: the oldest, from which the others follow.
    #[inline(always)]
    pub(crate) fn take(&self) -> Option<LinkRef> {
        // Look first: a swap would also remove `PARKED`, and the next wake would notify nobody.
        if !self.has_slots() {
            return None;
        }
        // Acquire: pairs with every push of the chain.
        let mut rest = self.head.swap(EMPTY, Ordering::Acquire);
        let mut oldest = EMPTY;
        while let Some(link) = at(rest) {
            // Relaxed: nobody else uses it (One pusher), and the swap has acquired it.
            rest = link.link().next.load(Ordering::Relaxed);
            link.link().next.store(oldest, Ordering::Relaxed);
            oldest = link.0.as_ptr();
        }
        NonNull::new(oldest).map(LinkRef)
    }

    /// Whether a slot was pushed, as far as this thread can know.
    #[inline(always)]
    pub(crate) fn has_slots(&self) -> bool {
        self.head.load(Ordering::Relaxed).addr() >= FIRST
    }

    /// Whether the inbox is empty and the executor is not parked, as far as this thread can know.
    #[cfg_attr(not(feature = "std"), allow(dead_code))]
    #[inline(always)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.head.load(Ordering::Relaxed) == EMPTY
    }

    /// From empty to parked. `false`: a slot was pushed, look again.
    pub(crate) fn park(&self) -> bool {
        // Release: pairs with the fence in `push`.
        self.head
            .compare_exchange(EMPTY, PARKED, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// From parked to empty. `false`: a push was faster, and wakes the parent.
    pub(crate) fn unpark(&self) -> bool {
        self.head
            .compare_exchange(PARKED, EMPTY, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}
