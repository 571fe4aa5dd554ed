//! The inbox: where a wake from anywhere leaves the number of the woken slot.
//!
//! A stack of slots linked by number, newest first. Any thread or interrupt pushes by one
//! compare-and-swap; the executor takes the whole chain by one swap and reverses it, which gives
//! back the order of the wakes. There is no capacity to run out of, because a slot carries its own
//! link and is pushed only by whoever set its [`Mark`]; and no unsafe code, because links are
//! numbers.
//!
//! # Terms
//! - *link*: a slot's number plus [`FIRST`]; the smaller values are [`END`] and [`PARKED`].
//! - *chain*: what [`Inbox::take`] returns: the newest link, each naming the one before.
//! - *parked*: the executor found nothing to do and registered its parent's waker.
//!
//! # Invariants
//! - **One pusher**: a slot is pushed only by the one whose [`Mark::set`] said that it was clear,
//!   so a link is in at most one chain and its `next` has one writer.
//! - **One taker**: only the executor's thread takes, parks and unparks.
//! - **Told once**: whoever replaces `PARKED` by a link, and nobody else, tells the parent.
//!
//! # Orderings
//! A push releases, the take acquires: what a waker did before the wake is visible to the poll that
//! follows. All pushes are read-modify-writes of one word, so they stay in one release sequence and
//! the single swap acquires from each of them. A *second* wake of a slot pushes nothing, so it
//! needs an edge of its own: [`Mark::set`] writes even when the mark was set already, and
//! [`Mark::clear`], which precedes the poll, reads what it wrote. A plain store, or a
//! compare-exchange that fails without writing, would let a poll miss what happened before that
//! second wake.
//!
//! # Why no wake is lost
//! A (the executor) found the inbox empty and wants to sleep; B wakes. A registers the parent's
//! waker, then tries to change `END` to `PARKED`. B changes the same word to a link. One word has
//! one order of changes: if B came first, A's exchange fails and A looks again; if A came first, B
//! replaced `PARKED`, and B tells the parent. There is no third case, and no fence.

use crate::atomic::{AtomicBool, AtomicIndex, Index, Ordering};

/// No further link.
pub(crate) const END: Index = 0;
/// The inbox is empty, and the executor's parent wants to be told of the next push.
pub(crate) const PARKED: Index = 1;
/// The link of slot number 0.
pub(crate) const FIRST: Index = 2;

/// What a push found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The executor is running, or has been told already.
    Running,
    /// The executor was parked: the pusher now owes its parent a wake.
    WasParked,
}

/// "This slot is woken and has not been polled since."
pub(crate) struct Mark(AtomicBool);

impl Mark {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets the mark; `true` if it was clear, so that the caller is the slot's one pusher.
    #[inline(always)]
    pub(crate) fn set(&self) -> bool {
        // Release: pairs with `clear`. Acquire: a pusher must see the previous pusher's chain gone.
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Clears the mark; what was done before every wake so far is now visible.
    #[inline(always)]
    pub(crate) fn clear(&self) {
        // Acquire: pairs with the `set` of each waker, also of those that found the mark set.
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Whether the mark is set; a hint to other threads, the truth about one's own wakes.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
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

    /// Pushes `link`, whose own link to the rest is `next`. The caller has just set its mark.
    #[inline(always)]
    pub(crate) fn push(&self, link: Index, next: &AtomicIndex) -> Pushed {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // Relaxed: published by the exchange below.
            next.store(head, Ordering::Relaxed);
            // Release: pairs with `take`. Acquire: pairs with `park`, for the parent's waker.
            match self
                .head
                .compare_exchange_weak(head, link, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(PARKED) => return Pushed::WasParked,
                Ok(_) => return Pushed::Running,
                Err(now) => head = now,
            }
        }
    }

    /// Whether nothing was pushed, as far as this thread can know.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed) < FIRST
    }

    /// Takes the whole chain, newest first. It ends with `END` or `PARKED`.
    #[inline(always)]
    pub(crate) fn take(&self) -> Index {
        // Acquire: pairs with every push of the chain.
        self.head.swap(END, Ordering::Acquire)
    }

    /// From empty to parked; `false` if something was pushed, so that the executor must go on.
    pub(crate) fn park(&self) -> bool {
        // Release: publishes the parent's waker to the push that will replace `PARKED`.
        let parked = self
            .head
            .compare_exchange(END, PARKED, Ordering::AcqRel, Ordering::Relaxed);
        parked.is_ok()
    }

    /// From parked to empty; `false` if it was not parked, so that a pusher tells the parent.
    pub(crate) fn unpark(&self) -> bool {
        self.head.load(Ordering::Relaxed) == PARKED
            && self
                .head
                .compare_exchange(PARKED, END, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }
}
