//! The inbox: where a wake from anywhere leaves the number of the woken slot.
//!
//! A stack of slots linked by number, newest first. Any thread or interrupt pushes by one
//! compare-and-swap; the executor takes the whole chain by one swap and reverses it, which gives
//! back the order of the wakes. There is no capacity to run out of, because a slot carries its own
//! link and is pushed only by whoever set its mark; and no unsafe code, because links are
//! numbers.
//!
//! # Terms
//! - *link*: how slots name each other, an odd number from [`FIRST`] on, see [`link_of`]. The
//!   smaller odd numbers are [`EMPTY`] and [`PARKED`]; zero, [`END`], is no link at all. Links are
//!   odd so that `queue_one_door` can use a slot's link for its mark: whatever is in a chain has a
//!   link that is not zero, and setting its lowest bit changes nothing.
//! - *chain*: what [`Inbox::take`] returns: the newest link, each naming the one before.
//! - *parked*: the executor found nothing to do and registered its parent's waker.
//!
//! # Invariants
//! - **One pusher**: a slot is pushed only by the one who found its mark clear and set it,
//!   so a link is in at most one chain and its `next` has one writer.
//! - **One taker**: only the executor's thread takes, parks and unparks.
//! - **Told once**: whoever replaces `PARKED` by a link, and nobody else, tells the parent.
//!
//! # Orderings
//! A push releases, the take acquires: what a waker did before the wake is visible to the poll that
//! follows. All pushes are read-modify-writes of one word, so they stay in one release sequence and
//! the single swap acquires from each of them. A *second* wake of a slot pushes nothing, so it
//! needs an edge of its own: setting a mark writes even when the mark was set already, and clearing
//! it, before the poll, is a read-modify-write that reads what was written. A plain store, or a
//! compare-exchange that fails without writing, would let a poll miss what happened before that
//! second wake. The marks are the queues'.
//!
//! # Why no wake is lost
//! A (the executor) found the inbox empty and wants to sleep; B wakes. A registers the parent's
//! waker, then tries to change `EMPTY` to `PARKED`. B changes the same word to a link. One word has
//! one order of changes: if B came first, A's exchange fails and A looks again; if A came first, B
//! replaced `PARKED`, and B tells the parent. There is no third case, and no fence.

use crate::atomic::{AtomicIndex, Index, Ordering, fence};

/// No link.
pub(crate) const END: Index = 0;
/// The inbox is empty.
pub(crate) const EMPTY: Index = 1;
/// The inbox is empty, and the executor's parent wants to be told of the next push.
pub(crate) const PARKED: Index = 3;
/// The link of slot number 0.
pub(crate) const FIRST: Index = 5;

/// How far the links of neighbouring slots are apart. An even number, so that links are odd; where
/// links have four bytes, a quarter of a header's size: multiplying by four is part of an address,
/// while multiplying by that size is an instruction of its own.
pub(crate) const UNIT: Index = if size_of::<Index>() == 4 { 8 } else { 2 };

/// The link of the slot of this number.
#[inline(always)]
pub(crate) const fn link_of(index: Index) -> Index {
    index * UNIT + FIRST
}

/// The number of the slot of this link.
#[inline(always)]
pub(crate) const fn index_of(link: Index) -> Index {
    (link - FIRST) / UNIT
}

/// How many slots have a link.
pub(crate) const MOST: usize = index_of(Index::MAX) as usize;

/// What a push found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The executor is running, or has been told already.
    Running,
    /// The executor was parked: the pusher now owes its parent a wake.
    WasParked,
}

/// The stack's head.
pub(crate) struct Inbox {
    pub(crate) head: AtomicIndex,
}

impl Inbox {
    pub(crate) const fn new() -> Self {
        Self {
            head: AtomicIndex::new(END),
        }
    }

    /// Makes the zeroed inbox an empty one, before the first push.
    pub(crate) fn adopt(&self) {
        // Relaxed: whoever pushes learns of the inbox from this thread, afterwards.
        if self.head.load(Ordering::Relaxed) == END {
            self.head.store(EMPTY, Ordering::Relaxed);
        }
    }

    /// What a push would find now: the rest of the chain, which the pushed slot links to.
    #[inline(always)]
    pub(crate) fn newest(&self) -> Index {
        self.head.load(Ordering::Relaxed)
    }

    /// Pushes `link`, whose own link to the rest is `found`; `None` if something else is found.
    /// The caller has set the slot's mark.
    #[inline(always)]
    pub(crate) fn push(&self, link: Index, found: Index) -> Option<Pushed> {
        // Release: pairs with `take`.
        let pushed =
            self.head
                .compare_exchange_weak(found, link, Ordering::Release, Ordering::Relaxed);
        if pushed.is_err() {
            return None;
        }
        if found != PARKED {
            return Some(Pushed::Running);
        }
        // Pairs with `park`: the parent's waker is there.
        fence(Ordering::Acquire);
        Some(Pushed::WasParked)
    }

    /// Whether nothing was pushed, as far as this thread can know.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed) < FIRST
    }

    /// Whether nothing was pushed and the executor is not parked, as far as this thread can know.
    #[cfg_attr(not(feature = "std"), allow(dead_code))]
    #[inline(always)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.head.load(Ordering::Relaxed) == EMPTY
    }

    /// Takes the whole chain, newest first. It ends with `EMPTY` or `PARKED`.
    #[inline(always)]
    pub(crate) fn take(&self) -> Index {
        // Acquire: pairs with every push of the chain.
        self.head.swap(EMPTY, Ordering::Acquire)
    }

    /// From empty to parked; `false` if something was pushed, so that the executor must go on.
    pub(crate) fn park(&self) -> bool {
        // Release: publishes the parent's waker to the push that will replace `PARKED`.
        let parked =
            self.head
                .compare_exchange(EMPTY, PARKED, Ordering::Release, Ordering::Relaxed);
        parked.is_ok()
    }

    /// From parked to empty; `false` if it was not parked, so that a pusher tells the parent.
    pub(crate) fn unpark(&self) -> bool {
        self.head.load(Ordering::Relaxed) == PARKED
            && self
                .head
                .compare_exchange(PARKED, EMPTY, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}
