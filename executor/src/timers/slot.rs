//! A slot: one deadline, the waker that waits for it, and the word that says whose they are.
//!
//! The word holds a phase and, while a timer is armed, the number of its arming. So an expirer that
//! reads the same word twice knows that nothing happened in between. Numbers repeat after 2^29
//! armings. If an expirer is interrupted for exactly that many, one sleep ends early; memory is safe
//! even then, because the phase alone guards the waker.
//!
//! ```text
//!   owner: the sleep's future            expirer: a call of `expire`
//!
//!            claim           arm, end of keep           begin of fire
//!   Free ──────────▶ Held ◀───────────────────▶ Armed ────────────▶ Firing
//!    ▲                │        begin of keep                         │    │ owner leaves
//!    │                │ leave                            end of fire │    ▼
//!    ├────────────────┘                                              │   Left
//!    │                                leave                          ▼    │
//!    ├───────────────────────────────────────────────────────────── Fired │ end of fire
//!    └────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! | phase | the waker belongs to | the deadline is written by |
//! |---|---|---|
//! | `Free` | nobody; there is none | nobody |
//! | `Held` | the owner | the owner, before the first `Armed` |
//! | `Armed` | nobody; there is one | nobody |
//! | `Firing`, `Left` | the expirer that began to fire | nobody |
//! | `Fired` | the owner; there is none | nobody |
//!
//! # Invariants
//! - **One keeper**: only the keeper that the table names touches the waker. A phase that gives it
//!   a keeper is entered by a compare-and-swap, which one context wins.
//! - **No waiting**: no step waits for another context. An expirer that finds a slot held leaves it
//!   alone. An owner that leaves while the slot fires lets the expirer free it.
//! - **No user code inside**: a waker is cloned before, and woken or dropped after a slot is held or
//!   fires, never meanwhile.
//! - **Stores by the keeper**: plain stores are made in `Held`, `Fired` and `Left` only, by the one
//!   context that may leave that phase.
//!
//! # Orderings
//! A change that gives the waker away releases, and one that takes it from another context acquires.
//! The halves of the deadline are stored with release after the word became `Held`, and loaded with
//! acquire before the word is read again. So an expirer that saw any half of a newer deadline also
//! sees that the word has changed.

#![allow(unsafe_code)] // The waker's cell, which two contexts use in turn.

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
pub(super) struct Slot {
    word: AtomicU32,
    low: AtomicU32,
    high: AtomicU32,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: sharing a slot is sound if no two contexts touch the waker at once (One keeper). A waker
// may be moved to and dropped on any thread.
unsafe impl Sync for Slot {}

/// An armed slot's word, as an expirer saw it.
#[derive(Clone, Copy)]
pub(super) struct Seen(u32);

impl Seen {
    /// Whether this was armed before `other`. Numbers wrap around, so this holds for two that are
    /// less than 2^28 armings apart.
    pub(super) fn is_before(self, other: Self) -> bool {
        let distance = (self.0 & !PHASE).wrapping_sub(other.0 & !PHASE);
        distance.cast_signed() < 0
    }
}

impl Slot {
    pub(super) const fn new() -> Self {
        Self {
            word: AtomicU32::new(FREE),
            low: AtomicU32::new(0),
            high: AtomicU32::new(0),
            waker: UnsafeCell::new(None),
        }
    }

    pub(super) fn is_free(&self) -> bool {
        // Relaxed: a guess, for `claim`; nothing is read on its account.
        self.word.load(Ordering::Relaxed) == FREE
    }

    /// Owner: takes a free slot. `true`: [`arm`](Self::arm) comes next.
    #[must_use]
    pub(super) fn claim(&self) -> bool {
        // Acquire: pairs with the release of the store that freed it.
        self.is_free() && self.exchange(FREE, HELD, Ordering::Acquire)
    }

    /// Owner: arms the slot that it has just claimed, as arming `number`.
    pub(super) fn arm(&self, number: u32, deadline: u64, waker: Waker) {
        // Release: pairs with the loads in `look`.
        self.low.store(deadline as u32, Ordering::Release);
        self.high.store((deadline >> 32) as u32, Ordering::Release);
        self.put(Some(waker));
        // Release: pairs with the acquires in `look` and `fire`.
        self.word.store(number << PHASE_BITS | ARMED, Ordering::Release);
    }

    /// Owner: has `waker` woken from now on. `false`: it is due, and [`leave`](Self::leave) comes
    /// next.
    #[must_use]
    pub(super) fn keep(&self, waker: &Waker) -> bool {
        let new = waker.clone();
        // Relaxed, twice: while it is armed, nobody but this owner has touched the waker.
        let word = self.word.load(Ordering::Relaxed);
        if word & PHASE != ARMED || !self.exchange(word, word - ARMED + HELD, Ordering::Relaxed) {
            return false;
        }
        let old = self.put(Some(new));
        // Release: pairs with the acquire in `fire`.
        self.word.store(word, Ordering::Release);
        drop(old);
        true
    }

    /// Owner: gives the slot back, armed, firing or fired.
    pub(super) fn leave(&self) {
        loop {
            // Acquire: if it is fired, pairs with the release at the end of `fire`.
            let word = self.word.load(Ordering::Acquire);
            match word & PHASE {
                // Relaxed: while it is armed, nobody but this owner has touched the waker.
                ARMED if self.exchange(word, HELD, Ordering::Relaxed) => {
                    let waker = self.put(None);
                    // Release: pairs with the acquire in `claim`.
                    self.word.store(FREE, Ordering::Release);
                    return drop(waker);
                }
                // Relaxed: the expirer has the waker and frees the slot.
                FIRING if self.exchange(FIRING, LEFT, Ordering::Relaxed) => return,
                // An expirer changed it meanwhile: from armed to firing, or from firing to fired.
                ARMED | FIRING => {}
                // Release: pairs with the acquire in `claim`.
                _ => return self.word.store(FREE, Ordering::Release),
            }
        }
    }

    /// Expirer: the deadline, if it is armed; `busy` if its owner is changing it at this moment.
    pub(super) fn look(&self, busy: u64) -> Option<(u64, Seen)> {
        // Acquire: pairs with the release at the end of `arm`, so this deadline or a newer is seen.
        let word = self.word.load(Ordering::Acquire);
        match word & PHASE {
            HELD => Some((busy, Seen(HELD))),
            ARMED => {
                // Acquire: pairs with the stores in `arm`; see Orderings.
                let low = self.low.load(Ordering::Acquire);
                let high = self.high.load(Ordering::Acquire);
                // Relaxed: ordered behind the loads above by their acquires.
                let is_same = self.word.load(Ordering::Relaxed) == word;
                let deadline = u64::from(high) << 32 | u64::from(low);
                Some(if is_same { (deadline, Seen(word)) } else { (busy, Seen(HELD)) })
            }
            _ => None,
        }
    }

    /// Expirer: ends the arming that it saw, and wakes the owner. Nothing happens if it saw the slot
    /// busy, or if the owner or another expirer was quicker.
    pub(super) fn fire(&self, Seen(word): Seen) {
        // Acquire: pairs with the release that armed it or kept a waker in it.
        if word & PHASE != ARMED || !self.exchange(word, FIRING, Ordering::Acquire) {
            return;
        }
        let waker = self.put(None);
        // Release: pairs with the acquire in `leave`. The slot may be anybody's from here on.
        if self.exchange(FIRING, FIRED, Ordering::Release) {
            if let Some(waker) = waker {
                waker.wake();
            }
        } else {
            // The owner has left. Release: pairs with the acquire in `claim`.
            self.word.store(FREE, Ordering::Release);
            drop(waker);
        }
    }

    /// Changes the word from one value to another, unless it has changed already.
    fn exchange(&self, from: u32, to: u32, success: Ordering) -> bool {
        // Relaxed on failure: nothing is read on its account.
        self.word.compare_exchange(from, to, success, Ordering::Relaxed).is_ok()
    }

    /// Replaces the waker. The caller is its keeper.
    fn put(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: a write is sound while nobody else reads or writes. All callers have changed the
        // word to a phase in which they are the keeper, and have not changed it since (One keeper).
        self.waker.with_mut(|cell| unsafe { mem::replace(&mut *cell, waker) })
    }
}
