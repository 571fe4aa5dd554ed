//! A gate of a channel: how many of one thing are free, and who waits for one.
//!
//! A [`Line`](super::line) has two: senders wait at the gate of its empty places, receivers at the
//! gate of its values.
//!
//! Most passes find the gate open, or were let through before they come again, and are a few
//! instructions in the caller. Waiting is one function for all types of values.
//!
//! # Invariants
//! - **Set aside**: what is there is either *free*, and counted here, or kept for a waiter that was
//!   chosen. Who comes new has only the free ones, so nobody overtakes those who wait.
//! - **Offered**: what comes is offered to the first in line before it becomes free. So while
//!   somebody waits, nothing is free.

use core::cell::Cell;
use core::pin::Pin;
use core::task::Waker;

use super::list::{Turn, WaitList, Waiter};

/// How many are free, who waits for one, and whether there will be more.
pub(super) struct Gate {
    pub(super) waiters: WaitList,
    free: Cell<usize>,
    is_shut: Cell<bool>,
}

/// What became of who wanted to pass.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// One is the caller's, and no longer counted as free.
    Through,
    /// It waits, and its waker will hear.
    Waits,
    /// None is free, and the gate is shut.
    Refused,
}

impl Gate {
    pub(super) const fn new(free: usize) -> Self {
        Self {
            waiters: WaitList::new(),
            free: Cell::new(free),
            is_shut: Cell::new(false),
        }
    }

    /// Takes one if it is free; the caller's it is then.
    #[inline]
    pub(super) fn claim(&self) -> bool {
        match self.free.get().checked_sub(1) {
            Some(left) => {
                self.free.set(left);
                true
            }
            None => false,
        }
    }

    /// One has come: it is kept for the first in line, who is woken, or free (Offered).
    #[inline]
    pub(super) fn offer(&self) {
        if self.waiters.is_empty() {
            self.free.set(self.free.get() + 1);
        } else {
            self.offer_first();
        }
    }

    /// The rest of [`offer`](Self::offer): one function for all types of values.
    #[inline(never)]
    fn offer_first(&self) {
        match self.waiters.grant_first() {
            Some(call) => call.wake(),
            None => self.free.set(self.free.get() + 1),
        }
    }

    /// Takes one for a future's waiter, or has it wait.
    #[inline]
    pub(super) fn pass(&self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Pass {
        match waiter.turn() {
            Turn::Outside if self.claim() => Pass::Through,
            Turn::Granted => {
                waiter.leave_chosen();
                Pass::Through
            }
            _ => self.wait(waiter, waker),
        }
    }

    /// The rest of [`pass`](Self::pass).
    #[inline(never)]
    fn wait(&self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Pass {
        if waiter.is_kept(waker) {
            return Pass::Waits;
        }
        // User code: from here on everything may have changed, so all is looked at anew. After it
        // comes none but the drop of an older waker, and whatever that changes the new one hears.
        let waker = waker.clone();
        let is_new = waiter.turn() == Turn::Outside && self.free.get() == 0;
        if !is_new || self.is_shut.get() {
            return self.wait_on(waiter, waker);
        }
        waiter.join();
        waiter.set_waker(waker);
        Pass::Waits
    }

    /// The same where it is not the first time, or where something has changed.
    #[cold]
    #[inline(never)]
    fn wait_on(&self, waiter: Pin<&Waiter<'_>>, waker: Waker) -> Pass {
        if waiter.turn() != Turn::Waiting {
            if waiter.leave() == Turn::Granted || self.claim() {
                return Pass::Through;
            }
            if self.is_shut.get() {
                return Pass::Refused;
            }
            waiter.join();
        }
        waiter.set_waker(waker);
        Pass::Waits
    }

    /// A future's waiter is dropped: what was kept for it goes to the next.
    #[inline]
    pub(super) fn depart(&self, waiter: &Waiter<'_>) {
        if waiter.turn() != Turn::Outside {
            self.depart_early(waiter);
        }
    }

    /// The rest of [`depart`](Self::depart): it had not passed.
    #[cold]
    #[inline(never)]
    fn depart_early(&self, waiter: &Waiter<'_>) {
        if waiter.leave() == Turn::Granted {
            self.offer();
        }
    }

    /// Nobody waits here any more, once [`send_home`](Self::send_home) has been called.
    pub(super) fn shut(&self) {
        self.is_shut.set(true);
    }

    #[inline]
    pub(super) fn is_shut(&self) -> bool {
        self.is_shut.get()
    }

    /// Wakes all who wait, with nothing.
    pub(super) fn send_home(&self) {
        self.waiters.tell(usize::MAX, Turn::Released);
    }
}
