//! The runs of one executor: which of them hears of the next wake, and how the others hear of what
//! concerns them.
//!
//! Any run polls all tasks, so of the runs that wait only one need be told of a task's wake. What
//! concerns each of them is main's turn, and that the one they rely on is gone.
//!
//! # Terms
//! - *registered*: the run whose parent the next wake tells: the one that went to sleep last, since
//!   that one is surely being polled by somebody.
//! - *listed*: in the line of runs with a main of their own, like the waiters of a semaphore. A run
//!   that is alone is not; it is from when it finds that another one was registered.
//!
//! # Invariants
//! - **All hear**: each run that sleeps is registered, or listed, or has been woken since its last
//!   poll. So whoever takes main's turn calls the registered one and the list, and when the
//!   registered one leaves, the list is called.
//! - **No quarrel**: who is listed is not woken for being pushed out of the register, so that two
//!   runs do not wake each other in turns. A run without main cannot be listed and is woken. It then
//!   pushes out a listed one, and that is that; but two such runs of one executor, under different
//!   parents, would go on for ever.

use core::pin::Pin;
use core::task::Waker;

use crate::parent::Registered;
use crate::runs_list::{Turn, Waiter};
use crate::slot::CoreRef;

/// A run, by the address where it is pinned; of the one without an address, its executor's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name(*const ());

impl Name {
    /// No run's.
    pub(crate) const NOBODY: Self = Self(core::ptr::null());

    pub(crate) fn of<T>(run: &T) -> Self {
        Self(core::ptr::from_ref(run).cast())
    }
}

/// How runs are called: see `Core::call_others`.
pub(crate) type Call = fn(CoreRef, Name);

impl CoreRef {
    /// Registers `waker`, in the list too if there are other runs, and parks; `false` if there is
    /// something to do.
    pub(crate) fn wait(self, name: Name, place: Pin<&Waiter<'_>>, waker: &Waker) -> bool {
        let registered = self.registered.get();
        let listed = match registered == name {
            true => self.is_listed.get(),
            false => registered != Name::NOBODY,
        };
        if listed {
            place.join();
            // `false`: it was called just now, by the user code in a waker.
            if !place.keep(waker) {
                return false;
            }
        }
        self.park(name, waker, listed)
    }

    /// Registers `waker` and parks; `false` if there is something to do.
    #[inline(never)]
    pub(crate) fn park(self, name: Name, waker: &Waker, listed: bool) -> bool {
        self.observers.idle();
        // A run inside a task may have parked since this one came back.
        self.come_back();
        if self.registered.get() != name || !self.parent.knows(waker) {
            let new = waker.clone();
            // Cloning is user code: as above.
            self.come_back();
            match self.parent.register(new) {
                Registered::Kept { pushed_out } => {
                    let same = self.registered.replace(name) == name;
                    let kept = self.is_listed.replace(listed) || same;
                    match pushed_out {
                        Some(old) if !kept => old.wake(),
                        old => drop(old),
                    }
                }
                Registered::Busy(new) => {
                    new.wake();
                    return true;
                }
            }
        }
        // Registering may have run user code, and a remote wake may have come: look again. If another
        // run has parked, that one is told of the wakes, and this one is listed or was woken.
        if !self.queue.park() {
            return self.parent.parked.get();
        }
        self.parent.park();
        true
    }

    /// A run without main goes on, perhaps with main's turn: those that have not heard of it are
    /// called.
    #[inline(always)]
    pub(crate) fn pass_on_turn(self, name: Name) {
        if let Some(call_others) = self.call_others.get() {
            call_others(self, name);
        }
    }

    /// If there is a turn of main's that nobody has heard of, calls all runs but this one. Known to
    /// the core from the first run with a main on: a program that has none does not contain it.
    #[inline]
    pub(crate) fn call_others(self, name: Name) {
        if !self.is_new_turn.replace(false) {
            return;
        }
        let registered = self.registered.get();
        if registered != name && registered != Name::NOBODY {
            self.parent.tell_again();
        }
        if !self.listed.is_empty() {
            self.listed().tell(usize::MAX, Turn::Released);
        }
    }

    /// A run is over, and has left the list.
    pub(crate) fn leave(self, name: Name) {
        if self.registered.get() == name {
            self.come_back();
            self.registered.set(Name::NOBODY);
            self.parent.forget();
        }
        if self.registered.get() != Name::NOBODY {
            // If it ends in the middle of its work, the registered one is to go on with it.
            self.parent.tell_again();
        } else {
            // All of them: the first may be one that is kept and no longer polled.
            self.listed().tell(usize::MAX, Turn::Released);
        }
    }
}
