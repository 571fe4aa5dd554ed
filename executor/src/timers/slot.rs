//! A slot: one deadline, the waker that waits for it, and the word that says whose they are.
//!
//! The word holds a phase and, while a timer is armed, its ticket: the number of the arming, so a
//! word that is seen twice means that nothing happened in between. Tickets come round after 2^29
//! armings. Should an expirer be interrupted for exactly that long, the worst is one early wake: the
//! cell is guarded by the phase alone.
//!
//! ```text
//!   owner: the sleep's future            expirer: whoever calls `expire`
//!
//!            hold            arm, or keep's end            claim
//!   Free ──────────▶ Held ◀───────────────────▶ Armed ────────────▶ Firing
//!    ▲                │                                              │    │ owner leaves
//!    │                │ leave                                publish │    ▼
//!    ├────────────────┘                                              │   Left
//!    │                                leave                          ▼    │
//!    ├───────────────────────────────────────────────────────────── Fired │
//!    └────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! | phase | the waker's cell belongs to | the deadline is written by |
//! |---|---|---|
//! | `Free` | nobody; it is empty | nobody |
//! | `Held` | the owner | the owner, before the first `Armed` |
//! | `Armed` | nobody; it is full | nobody |
//! | `Firing`, `Left` | the expirer that claimed it | nobody |
//! | `Fired` | the owner; it is empty | nobody |
//!
//! # Invariants
//! - **One keeper**: the cell is touched only by whom the table names, and a phase in which it
//!   belongs to somebody is entered by a compare-and-swap that one context wins.
//! - **No waiting**: no step waits for another context. An interrupt that finds a slot held leaves
//!   it alone; an owner that finds it firing walks away and lets the expirer free it.
//! - **No user code inside**: wakers are cloned before and woken or dropped after a slot is held
//!   or claimed, never meanwhile.
//!
//! # Orderings
//! Every store or exchange that gives the cell away releases, and every one that takes it from
//! another acquires, so accesses to the cell are ordered by the word alone. The deadline's halves are stored with
//! release after the word became `Held` and loaded with acquire before the word is read again: a
//! reader that saw any half of a newer deadline then sees that the word has changed.

#![allow(unsafe_code)] // One cell per slot that two contexts use in turn.

use core::mem;
use core::task::Waker;

use crate::atomic::{AtomicU32, Ordering, UnsafeCell};

const FREE: u32 = 0;
const HELD: u32 = 1;
const ARMED: u32 = 2;
const FIRING: u32 = 3;
const FIRED: u32 = 4;
const LEFT: u32 = 5;

const PHASE_BITS: u32 = 3;
const PHASE: u32 = (1 << PHASE_BITS) - 1;

/// Room for one timer.
pub(crate) struct Slot {
    word: AtomicU32,
    low: AtomicU32,
    high: AtomicU32,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: sharing a slot is sound if no two contexts touch the cell at once (One keeper). A waker
// may be moved to and dropped on any thread.
unsafe impl Sync for Slot {}

/// An armed slot's word: which arming of which ticket was seen.
#[derive(Clone, Copy)]
pub(crate) struct Armed(u32);

impl Armed {
    /// Whether this was armed before `other`. Tickets wrap around, so this holds for two that are
    /// less than 2^28 armings apart.
    pub(crate) fn is_before(self, other: Self) -> bool {
        (self.0 & !PHASE)
            .wrapping_sub(other.0 & !PHASE)
            .cast_signed()
            < 0
    }
}

/// The number of an arming, where the word has it.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u32);

impl Ticket {
    pub(crate) fn new(number: u32) -> Self {
        Self(number << PHASE_BITS)
    }
}

/// What an expirer sees of a slot.
pub(crate) enum Look {
    /// There is nothing to do.
    Idle,
    /// Its owner is at it in this moment: ask again.
    Busy,
    /// It is armed for a deadline.
    Armed(u64, Armed),
}

impl Slot {
    pub(crate) const fn new() -> Self {
        Self {
            word: AtomicU32::new(FREE),
            low: AtomicU32::new(0),
            high: AtomicU32::new(0),
            waker: UnsafeCell::new(None),
        }
    }

    /// Whether nobody uses it.
    pub(crate) fn is_free(&self) -> bool {
        self.word.load(Ordering::Relaxed) == FREE
    }

    /// Owner: takes a free slot. `true`: it is the caller's, and [`arm`](Self::arm) comes next.
    #[must_use]
    pub(crate) fn hold(&self) -> bool {
        // Acquire: pairs with the release of whoever freed it.
        self.is_free() && self.exchange(FREE, HELD, Ordering::Acquire)
    }

    /// Owner: arms a slot that it holds and never armed.
    pub(crate) fn arm(&self, ticket: Ticket, deadline: u64, waker: Waker) {
        // Release: pairs with the loads in `look`.
        self.low.store(deadline as u32, Ordering::Release);
        self.high.store((deadline >> 32) as u32, Ordering::Release);
        self.put(Some(waker));
        // Release: gives the cell to whoever claims it.
        self.word.store(ticket.0 | ARMED, Ordering::Release);
    }

    /// Owner: lets `waker` be woken from now on. `false`: it is due; [`leave`](Self::leave).
    #[must_use]
    pub(crate) fn keep(&self, waker: &Waker) -> bool {
        let new = waker.clone();
        let word = self.word.load(Ordering::Relaxed);
        // Relaxed: nobody has touched the cell since this owner armed it.
        if word & PHASE != ARMED || !self.exchange(word, word - ARMED + HELD, Ordering::Relaxed) {
            return false;
        }
        let old = self.put(Some(new));
        // Release: gives the cell to whoever claims it.
        self.word.store(word, Ordering::Release);
        drop(old);
        true
    }

    /// Owner: gives the slot back, armed, firing or fired.
    pub(crate) fn leave(&self) {
        loop {
            // Acquire: in `Fired`, the expirer is done with the cell.
            let word = self.word.load(Ordering::Acquire);
            match word & PHASE {
                // Relaxed: nobody has touched the cell since this owner armed it.
                ARMED if self.exchange(word, HELD, Ordering::Relaxed) => {
                    let waker = self.put(None);
                    // Release: the cell is the next owner's.
                    self.word.store(FREE, Ordering::Release);
                    return drop(waker);
                }
                // Relaxed: the owner has not touched the cell since it gave it away.
                FIRING if self.exchange(FIRING, LEFT, Ordering::Relaxed) => return,
                // An expirer was quicker: armed became firing, or firing fired.
                ARMED | FIRING => {}
                // Release: the cell is the next owner's.
                _ => return self.word.store(FREE, Ordering::Release),
            }
        }
    }

    /// Expirer: what is in it.
    pub(crate) fn look(&self) -> Look {
        // Acquire: the deadline of this arming, or of a later one, is seen below.
        let word = self.word.load(Ordering::Acquire);
        match word & PHASE {
            HELD => Look::Busy,
            ARMED => {
                // Acquire: pairs with the stores in `arm`; see Orderings.
                let low = self.low.load(Ordering::Acquire);
                let high = self.high.load(Ordering::Acquire);
                if self.word.load(Ordering::Relaxed) != word {
                    return Look::Busy;
                }
                Look::Armed(u64::from(high) << 32 | u64::from(low), Armed(word))
            }
            _ => Look::Idle,
        }
    }

    /// Expirer: ends the arming that was seen and wakes its owner. Nothing happens if the owner or
    /// another expirer was quicker.
    pub(crate) fn fire(&self, seen: Armed) {
        // Acquire: takes the cell.
        if !self.exchange(seen.0, FIRING, Ordering::Acquire) {
            return;
        }
        let waker = self.put(None);
        // Release: gives the cell to the owner. From here on the slot may be anybody's.
        if self.exchange(FIRING, FIRED, Ordering::Release) {
            if let Some(waker) = waker {
                waker.wake();
            }
        } else {
            // The owner has left. Release: the cell is the next owner's.
            self.word.store(FREE, Ordering::Release);
            drop(waker);
        }
    }

    /// Moves the word from one value to another, unless it has another.
    fn exchange(&self, from: u32, to: u32, success: Ordering) -> bool {
        self.word
            .compare_exchange(from, to, success, Ordering::Relaxed)
            .is_ok()
    }

    /// Exchanges what is in the cell. The caller is its keeper.
    fn put(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: a write is sound while nobody else reads or writes. All callers have moved the
        // word to a phase in which the cell is theirs, and have not moved it on (One keeper).
        self.waker
            .with_mut(|cell| unsafe { mem::replace(&mut *cell, waker) })
    }
}
