//! Feature `observe`: an [`Observe`] is called for what an executor's tasks do.
//!
//! # Orderings
//! The observer is set once, by the owner. `set` is released after the write and acquired before
//! every read, so a waker on another thread sees either no observer or the whole reference.

#![allow(unsafe_code)] // A cell that is written once.

use core::cell::{Cell, UnsafeCell};

use crate::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Whether anybody may be called.
pub(crate) const IS_OBSERVED: bool = true;

/// Which task an [`Observe`] is called for: the number of its slot, and of its spawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The slot, from 1; 0 is the main future of `run_until`.
    pub slot: usize,
    /// The spawn, from 1; 0 is the main future of `run_until`.
    pub serial: usize,
}

/// Called for what an executor's tasks do, at the moment they do it.
///
/// Each function does nothing by default. They run inside the executor: keep them short, and do
/// not call the executor from them. They must not panic.
///
/// See [`LocalExecutor::observe`](crate::LocalExecutor::observe) for an example.
#[allow(unused_variables)]
pub trait Observe: Sync {
    /// A task was spawned.
    fn spawned(&self, task: TaskId) {}

    /// A task was queued by a wake; called on the thread, or in the interrupt, that woke it.
    fn woken(&self, task: TaskId) {}

    /// A task is about to be polled.
    fn poll_begin(&self, task: TaskId) {}

    /// Its poll is over, by returning or by panicking.
    fn poll_end(&self, task: TaskId) {}

    /// A task has ended: with its output, by a panic, or because it was cancelled or cleared.
    fn completed(&self, task: TaskId) {}

    /// A run has nothing to do and is about to wait for its parent.
    fn idle(&self) {}
}

/// The one observer of an executor.
pub(crate) struct Observers {
    observer: UnsafeCell<Option<&'static dyn Observe>>,
    is_set: AtomicBool,
    spawns: Cell<usize>,
}

/// What observers keep in each slot: the slot's number and its task's.
pub(crate) struct Serial {
    slot: AtomicUsize,
    serial: AtomicUsize,
}

impl Serial {
    // Relaxed: another thread can wake the task only with a waker that it received after the spawn, and
    // receiving the waker orders the two.
    fn id(&self) -> TaskId {
        TaskId {
            slot: self.slot.load(Ordering::Relaxed),
            serial: self.serial.load(Ordering::Relaxed),
        }
    }
}

impl Observers {
    /// Sets the observer, once, from the owner's thread.
    pub(crate) fn set(&self, observer: &'static dyn Observe) -> bool {
        // Relaxed: only the owner sets it.
        if self.is_set.load(Ordering::Relaxed) {
            return false;
        }
        // SAFETY: a write needs to be alone. Nobody reads before `is_set`, and nobody else writes.
        unsafe { *self.observer.get() = Some(observer) };
        // Release: pairs with `call`.
        self.is_set.store(true, Ordering::Release);
        true
    }

    fn call(&self, call: impl FnOnce(&dyn Observe)) {
        // Acquire: pairs with `set`.
        if self.is_set.load(Ordering::Acquire) {
            // SAFETY: a read needs that nobody writes. After `is_set`, nobody does.
            if let Some(observer) = unsafe { *self.observer.get() } {
                call(observer);
            }
        }
    }

    /// `slot` gives the number of the slot, from 1.
    pub(crate) fn spawned(&self, serial: &Serial, slot: impl FnOnce() -> usize) {
        self.spawns.set(self.spawns.get() + 1);
        serial.serial.store(self.spawns.get(), Ordering::Relaxed);
        if serial.slot.load(Ordering::Relaxed) == 0 {
            serial.slot.store(slot(), Ordering::Relaxed);
        }
        self.call(|observer| observer.spawned(serial.id()));
    }

    pub(crate) fn woken(&self, serial: &Serial) {
        self.call(|observer| observer.woken(serial.id()));
    }

    pub(crate) fn poll_begin(&self, serial: &Serial) {
        self.call(|observer| observer.poll_begin(serial.id()));
    }

    pub(crate) fn poll_end(&self, serial: &Serial) {
        self.call(|observer| observer.poll_end(serial.id()));
    }

    pub(crate) fn completed(&self, serial: &Serial) {
        self.call(|observer| observer.completed(serial.id()));
    }

    pub(crate) fn idle(&self) {
        self.call(|observer| observer.idle());
    }
}
