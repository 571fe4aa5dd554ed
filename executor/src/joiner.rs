//! Joiners: who waits for a task's end.
//!
//! # Terms
//! - *own*: a waker of the same executor. The slot keeps its link, and joining costs nothing.
//! - *foreign*: any other waker. It is kept in the slot's tail; where there is none, in one register
//!   for the whole executor, from which it is never pushed out without being woken.
//!
//! A handle has one joiner, the latest waker that polled it. It goes with the handle; the task's end
//! wakes it.
//!
//! # Invariants
//! - **None at the end**: a task that is over has no foreign joiner. So its handle takes the output
//!   and lets the slot go without user code in between, which would find the output still there.

#![allow(unsafe_code)] // Keeps foreign wakers in tails.

use core::task::Waker;

use crate::atomic::Index;
use crate::inbox::END;
use crate::slot::{CoreRef, HeaderRef};
use crate::waker;

/// In `Header::joiner`: the joiner's waker is foreign.
const FOREIGN: Index = Index::MAX;

/// How to see to a foreign joiner: see `Core::see_to_foreign`.
pub(crate) type SeeToForeign = fn(CoreRef, HeaderRef, Event);

/// What happens to a joiner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The task is over: wake it.
    End,
    /// The handle goes, and the task with it.
    Cancel,
    /// The handle goes.
    Forget,
}

impl CoreRef {
    /// Whoever owns `waker` waits for this task.
    pub(crate) fn join(self, header: HeaderRef, waker: &Waker) {
        if let Some(joiner) = waker::slot_of(waker) {
            if joiner.core() == self {
                let old = self.take_foreign(header);
                header.joiner.set(joiner.link());
                drop(old);
                return;
            }
        }
        // SAFETY: with `FOREIGN` and a tail, a waker lies there; the reference ends at once.
        let known = header.joiner.get() == FOREIGN
            && header.life().has_tail()
            && unsafe { (*self.tail(header)).will_wake(waker) };
        if known {
            return;
        }
        let new = waker.clone();
        // Cloning is user code, which may have run the task to its end (None at the end).
        if header.life().is_over() {
            return;
        }
        self.see_to_foreign.set(Some(Self::see_to_foreign));
        if header.life().has_tail() {
            let old = self.take_foreign(header);
            // SAFETY: the tail lies behind future and output, is aligned, and is empty now.
            unsafe { self.tail(header).write(new) };
            header.joiner.set(FOREIGN);
            drop(old);
            return;
        }
        header.joiner.set(FOREIGN);
        match self.swap_foreign(Some(new)) {
            // It has polled just now: a wake would have it poll for ever.
            Some(old) if old.will_wake(waker) => drop(old),
            Some(old) => old.wake(),
            None => {}
        }
    }

    /// The task is over: wakes who waits, if anyone does.
    #[inline(always)]
    pub(crate) fn wake_joiner(self, header: HeaderRef) {
        let joiner = header.joiner.get();
        if joiner == FOREIGN {
            self.tell_foreign(header, Event::End);
        } else if joiner != END {
            header.joiner.set(END);
            waker::wake_slot(self.linked(joiner));
        }
    }

    /// The handle goes: nobody waits any longer.
    pub(crate) fn forget_joiner(self, header: HeaderRef) {
        if header.joiner.get() == FOREIGN {
            self.tell_foreign(header, Event::Forget);
        } else {
            header.joiner.set(END);
        }
    }

    /// Whether the joiner is foreign; then [`cancel`](Self::cancel) is called again, without it.
    #[inline(always)]
    pub(crate) fn cancels_foreign(self, header: HeaderRef) -> bool {
        let foreign = header.joiner.get() == FOREIGN;
        if foreign {
            self.tell_foreign(header, Event::Cancel);
        }
        foreign
    }

    fn tell_foreign(self, header: HeaderRef, event: Event) {
        if let Some(see_to) = self.see_to_foreign.get() {
            see_to(self, header, event);
        }
    }

    /// What is to be done where there is a foreign joiner. User code runs last, when the slot needs
    /// nothing any more.
    fn see_to_foreign(self, header: HeaderRef, event: Event) {
        let waker = self.take_foreign(header);
        match event {
            Event::Cancel => self.cancel(header),
            Event::End => {
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
            Event::Forget => drop(waker),
        }
    }

    /// The slot's joiner, if it was a foreign one and still is the slot's.
    fn take_foreign(self, header: HeaderRef) -> Option<Waker> {
        if header.joiner.replace(END) != FOREIGN {
            return None;
        }
        if header.life().has_tail() {
            // SAFETY: `FOREIGN` said that a waker lies there, and now no longer says it.
            return Some(unsafe { self.tail(header).read() });
        }
        // The register may hold another task's joiner by now: it must not be forgotten.
        if let Some(waker) = self.swap_foreign(None) {
            waker.wake();
        }
        None
    }

    /// Exchanges the register's waker.
    fn swap_foreign(self, new: Option<Waker>) -> Option<Waker> {
        // SAFETY: only the owner's thread comes here, and no user code runs in the exchange.
        self.foreign
            .with_mut(|kept| unsafe { core::mem::replace(&mut *kept, new) })
    }
}
