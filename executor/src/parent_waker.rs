//! The parent's waker: whom to wake when an executor that sleeps gets work.
//!
//! A run is a future. Whoever polls it, its parent, passes a waker; the run keeps that waker here
//! and parks the queue. The next push finds the queue parked and wakes the parent, from any thread.
//!
//! # Invariants
//! - **Owner writes**: only the executor's thread changes the waker, and only while the queue is not
//!   parked and no other thread reads the waker.
//! - **Counted**: each park ends by the owner's `unpark` or by one push, which then reads the waker
//!   and counts itself in `finished`. The owner counts the parks that a push ended in `begun`. When
//!   the two are equal, nobody reads the waker.
//!
//! # Orderings
//! The owner's write of the waker is released by the park and acquired by the push that ends it. The
//! push's last read of the waker is released by its increment of `finished`, which the owner
//! acquires before it writes again.
//!
//! # Nobody waits
//! The owner never waits for a thread that reads the waker, because that thread may have been
//! preempted by the owner. A run that is polled with the same waker as before just parks again. With
//! another waker it wakes that one at once and tries again at the next poll. So an executor that is
//! polled from an interrupt should be polled with the same waker every time: while the interrupted
//! code reads the waker, a new waker cannot be kept, and the interrupt would be repeated for ever.

#![allow(unsafe_code)] // One cell that two threads use in turn.

use core::cell::Cell;
use core::task::Waker;

use crate::atomic::{AtomicUsize, Ordering, UnsafeCell};

/// The parent's waker, and who reads it.
pub(crate) struct ParentWaker {
    waker: UnsafeCell<Option<Waker>>,
    /// Whether the owner parked and did not resume since.
    is_parked: Cell<bool>,
    /// How many parks were ended by a push, as the owner counts them.
    begun: Cell<usize>,
    /// How many of those pushes have woken the parent.
    finished: AtomicUsize,
}

impl ParentWaker {
    pub(crate) const fn new() -> Self {
        Self {
            waker: UnsafeCell::new(None),
            is_parked: Cell::new(false),
            begun: Cell::new(0),
            finished: AtomicUsize::new(0),
        }
    }

    /// Whether the owner has parked the queue.
    pub(crate) fn set_parked(&self, is_parked: bool) {
        self.is_parked.set(is_parked);
    }

    /// The owner is awake; `unpark` gives `false` if a push ended the park.
    pub(crate) fn resume(&self, unpark: impl FnOnce() -> bool) {
        if self.is_parked.replace(false) && !unpark() {
            self.begun.set(self.begun.get().wrapping_add(1));
        }
    }

    /// Whether waking the kept waker wakes the task of this one.
    pub(crate) fn is_registered(&self, waker: &Waker) -> bool {
        self.waker.with(|kept| {
            // SAFETY: a reference into the cell needs that nobody writes. Only this thread does, and
            // comparing wakers runs no user code (Owner writes).
            let kept = unsafe { &*kept };
            kept.as_ref().is_some_and(|kept| kept.will_wake(waker))
        })
    }

    /// Keeps `new`; gives the waker that was kept before. `Err`: another thread reads that one now.
    ///
    /// The owner has resumed and has not parked since.
    pub(crate) fn replace(&self, new: Option<Waker>) -> Result<Option<Waker>, Option<Waker>> {
        // Acquire: pairs with the increment in `wake`.
        if self.is_parked.get() || self.finished.load(Ordering::Acquire) != self.begun.get() {
            return Err(new);
        }
        // SAFETY: a write needs that nobody else looks. The queue is not parked, so no push begins
        // to read; the counts are equal, so every earlier one has finished (Counted). No user code
        // runs in between.
        Ok(self.waker.with_mut(|kept| unsafe { core::mem::replace(&mut *kept, new) }))
    }

    /// Wakes the parent. Only for the one that ended the park.
    pub(crate) fn wake(&self) {
        /// Counts also when the waker panics.
        struct Finished<'a>(&'a AtomicUsize);

        impl Drop for Finished<'_> {
            fn drop(&mut self) {
                // Release: the read is over before the owner writes.
                self.0.fetch_add(1, Ordering::Release);
            }
        }

        let _finished = Finished(&self.finished);
        self.waker.with(|kept| {
            // SAFETY: a read needs that nobody writes. The owner does not write until `finished` has
            // counted this push (Counted).
            if let Some(kept) = unsafe { &*kept } {
                kept.wake_by_ref();
            }
        });
    }
}
