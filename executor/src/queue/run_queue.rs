//! The run queue: woken slots, and the parent's waker. If a slot is pushed while the executor sleeps,
//! the push wakes the parent. Each executor has a run queue, also the one inside a
//! [`Group`](crate::Group).
//!
//! A run is a future. The code that polls it, its *parent*, passes a waker. A run that finds nothing to do
//! keeps that waker here and parks the queue. The next push finds the queue parked and wakes the
//! parent, from any thread.
//!
//! # Invariants
//! - **Owner writes**: only the owner, the executor's thread, changes the waker, and only while the
//!   queue is not parked and no other thread reads the waker.
//! - **Counted**: each park is ended by the owner's `unpark` or by one push. A push that ends a park
//!   reads the waker and then increments `finished`. When the owner resumes and finds that a push has
//!   ended the park, it increments `begun`. When the two numbers are equal and the queue is not
//!   parked, no thread reads the waker.
//!
//! # Orderings
//! The owner's write of the waker is released by the park and acquired by the push that ends it. The
//! push's last read of the waker is released by its increment of `finished`, which the owner
//! acquires before it writes again.
//!
//! # Nobody waits
//! The owner never waits for a thread that reads the waker, because that thread may have been
//! preempted by the owner. A run that is polled with the same waker as before just parks again. If a
//! run is polled with a new waker meanwhile, it wakes the new waker at once, so that it is polled again
//! and can then keep it. So an executor that is
//! polled from an interrupt should be polled with the same waker every time: while the interrupted
//! code reads the waker, a new waker cannot be kept, and the interrupt would be repeated for ever.

#![allow(unsafe_code)] // One cell that two threads use in turn.

use core::cell::Cell;
use core::task::Waker;

use super::chosen::Queue;
use crate::atomic::{AtomicU32, Ordering, UnsafeCell};
use crate::slot::SlotRef;

/// A queue, and the waker of its owner's parent.
pub(crate) struct RunQueue {
    pub(crate) queue: Queue,
    parent: UnsafeCell<Option<Waker>>,
    /// Whether the owner parked and did not resume since.
    is_parked: Cell<bool>,
    /// How many parks were ended by a push, as the owner counts them.
    begun: Cell<u32>,
    /// How many of those pushes have woken the parent.
    finished: AtomicU32,
    /// Set by the first park. A pointer, so that a program that never parks does not contain the code.
    notify: Cell<Option<unsafe fn(&RunQueue)>>,
}

impl RunQueue {
    /// Queues a slot, and wakes the parent if the owner sleeps. `false`: the slot was queued already.
    /// From any thread or interrupt.
    pub(crate) fn wake(&self, slot: SlotRef) -> bool {
        let pushed = self.queue.push(slot);
        if let (true, Some(notify)) = (pushed.was_parked, self.notify.get()) {
            // SAFETY: this push has ended the park.
            unsafe { notify(self) };
        }
        pushed.is_new
    }

    /// The owner is being polled: pushes need not wake the parent.
    pub(crate) fn resume(&self) {
        if self.is_parked.replace(false) && !self.queue.unpark() {
            self.begun.set(self.begun.get().wrapping_add(1));
        }
    }

    /// The owner has resumed and found nothing to do. `true`: it may return `Pending`, since `waker` is
    /// woken when a slot is queued. `false`: look again.
    ///
    /// The waker is kept first, and parking looks at the queue afterwards. So a wake that comes in
    /// between is seen, also one from the user code that clones and drops wakers.
    pub(crate) fn sleep(&self, waker: &Waker) -> bool {
        let is_kept = self.parent.with(|kept| {
            // SAFETY: a reference into the cell needs that nobody writes. Only this thread does, and
            // comparing wakers runs no user code (Owner writes).
            let kept = unsafe { &*kept };
            kept.as_ref().is_some_and(|kept| kept.will_wake(waker))
        });
        if !is_kept && self.replace(Some(waker.clone())).is_none() {
            waker.wake_by_ref();
            return true;
        }
        // Written once: a push that ended the last park may read it still.
        if self.notify.get().is_none() {
            self.notify.set(Some(Self::notify));
        }
        self.is_parked.set(self.queue.park());
        self.is_parked.get()
    }

    /// The run ends. Returns the parent's waker, unless another thread is waking it just now. The
    /// caller drops the waker when everything else is done: its drop is user code, which may panic.
    pub(crate) fn leave(&self) -> Option<Waker> {
        self.resume();
        self.replace(None).flatten()
    }

    /// Keeps `new` and returns the waker that was kept before. `None`: another thread reads the old waker
    /// now, or the queue is parked.
    fn replace(&self, new: Option<Waker>) -> Option<Option<Waker>> {
        // Acquire: pairs with the increment in `notify`.
        if self.is_parked.get() || self.finished.load(Ordering::Acquire) != self.begun.get() {
            return None;
        }
        // SAFETY: a write needs that nobody else looks. The queue is not parked, so no push begins
        // to read; the counts are equal, so every earlier one has finished (Counted). No user code
        // runs in between.
        Some(self.parent.with_mut(|kept| unsafe { core::mem::replace(&mut *kept, new) }))
    }

    /// Wakes the parent.
    ///
    /// # Safety
    /// The caller's push has ended a park.
    unsafe fn notify(&self) {
        /// Counts also when the waker panics.
        struct Finished<'a>(&'a AtomicU32);

        impl Drop for Finished<'_> {
            fn drop(&mut self) {
                // Release: the read is over before the owner writes.
                self.0.fetch_add(1, Ordering::Release);
            }
        }

        let _finished = Finished(&self.finished);
        self.parent.with(|kept| {
            // SAFETY: a read needs that nobody writes. The owner does not write until `finished` has
            // counted this push (Counted).
            if let Some(kept) = unsafe { &*kept } {
                kept.wake_by_ref();
            }
        });
    }
}
