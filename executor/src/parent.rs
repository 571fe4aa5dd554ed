//! The parent's waker: how an executor that sleeps inside somebody else's loop asks to be polled.
//!
//! The executor's run is a future; whoever polls it passes a waker, and that waker is kept here
//! while the executor is parked. A push that finds the inbox parked tells it, from any thread.
//!
//! # Invariants
//! - **Owner writes**: only the executor's thread registers or takes the waker, and only when it is
//!   not parked and no teller is inside.
//! - **Counted tellers**: every park ends either by the owner's own unpark or by one push, whose
//!   pusher then reads the waker once and counts itself in `told`. The owner counts the same parks
//!   in `tells`, and what it tells itself in both. They are equal exactly when no teller is inside.
//!
//! # Orderings
//! The owner's write is published by the exchange that parks and acquired by the push that replaces
//! `PARKED`. The teller's last read is released by its increment of `told`, and the owner acquires
//! that before it writes again. Nobody waits: an owner that finds a teller inside keeps the old
//! waker and wakes the new one at once, so that it is polled again.

#![allow(unsafe_code)] // One cell that two threads use in turn.

use core::cell::Cell;
use core::task::Waker;

use crate::atomic::{AtomicUsize, Ordering, UnsafeCell};

/// What became of a waker that was to be kept.
#[must_use]
pub(crate) enum Registered {
    /// It is kept, in the place of another parent's.
    Kept { pushed_out: Option<Waker> },
    /// A teller is inside: the parent is to be woken, so that the run is polled again.
    Busy(Waker),
}

/// The register of one executor.
pub(crate) struct Parent {
    pub(crate) waker: UnsafeCell<Option<Waker>>,
    /// Tellers that have finished.
    pub(crate) told: AtomicUsize,
    /// Tellers that have begun, as counted by the owner.
    pub(crate) tells: Cell<usize>,
    /// Whether the owner parked and has not come back since.
    pub(crate) parked: Cell<bool>,
}

impl Parent {
    pub(crate) const fn new() -> Self {
        Self {
            waker: UnsafeCell::new(None),
            told: AtomicUsize::new(0),
            tells: Cell::new(0),
            parked: Cell::new(false),
        }
    }

    /// The owner parked the inbox.
    pub(crate) fn park(&self) {
        self.parked.set(true);
    }

    /// The owner came back; `unpark` tries to take the inbox's `PARKED` away.
    #[inline(always)]
    pub(crate) fn come_back(&self, unpark: impl FnOnce() -> bool) {
        if self.parked.replace(false) && !unpark() {
            self.tells.set(self.tells.get().wrapping_add(1));
        }
    }

    /// Whether no teller is inside.
    fn is_quiet(&self) -> bool {
        // Acquire: pairs with the increment in `tell`.
        self.told.load(Ordering::Acquire) == self.tells.get()
    }

    /// Whether the kept waker is as good as this one.
    pub(crate) fn knows(&self, waker: &Waker) -> bool {
        self.waker.with(|kept| {
            // SAFETY: a reference into the cell is sound while nobody writes. Only the owner
            // writes, it is this thread, and comparing runs no user code (Owner writes).
            let kept = unsafe { &*kept };
            kept.as_ref().is_some_and(|kept| kept.will_wake(waker))
        })
    }

    /// Keeps `new`, and gives the waker that it pushes out; with a teller inside, gives `new` back.
    /// Of another run's parent, whichever comes out is to be woken: it is never silently forgotten.
    ///
    /// Only the owner calls this, right after [`come_back`](Self::come_back): no user code may run
    /// in between, because it could park again.
    pub(crate) fn register(&self, new: Waker) -> Registered {
        if self.is_quiet() {
            Registered::Kept {
                pushed_out: self.replace(Some(new)),
            }
        } else {
            Registered::Busy(new)
        }
    }

    /// Takes the waker out, so that the executor keeps nothing of a parent that is gone. With a
    /// teller inside it stays until the next registration.
    pub(crate) fn forget(&self) {
        if self.is_quiet() {
            drop(self.replace(None));
        }
    }

    /// Exchanges the waker; no user code runs in here. The caller saw that no teller is inside.
    fn replace(&self, new: Option<Waker>) -> Option<Waker> {
        // SAFETY: a write is sound while nobody else looks. The inbox is not parked, so no new
        // teller can begin, and the caller saw that all earlier ones are done (Counted tellers).
        self.waker
            .with_mut(|kept| unsafe { core::mem::replace(&mut *kept, new) })
    }

    /// Wakes the parent though nobody parked: the owner leaves, and another run goes on. As one more
    /// teller, because the wake may run code that would register another waker meanwhile.
    pub(crate) fn tell_again(&self) {
        self.tells.set(self.tells.get().wrapping_add(1));
        self.tell();
    }

    /// Wakes the parent. The caller replaced `PARKED` just now, or is the owner, who has counted it.
    /// Out of line, so that the wakes that tell nobody are short.
    #[inline(never)]
    pub(crate) fn tell(&self) {
        /// Counts the teller also when the waker panics.
        struct Told<'a>(&'a AtomicUsize);

        impl Drop for Told<'_> {
            fn drop(&mut self) {
                // Release: the read is over before the owner may write.
                self.0.fetch_add(1, Ordering::Release);
            }
        }

        let _told = Told(&self.told);
        // SAFETY: a read is sound while nobody writes. The owner does not write until `told` has
        // caught up with the park that this caller ended (Owner writes, Counted tellers).
        self.waker.with(|kept| unsafe {
            if let Some(kept) = &*kept {
                kept.wake_by_ref();
            }
        });
    }
}
