//! Feature `observe`: an [`Observe`] is told what an executor's tasks do.
//!
//! # Orderings
//! The observer is set once, by the owner. `set` is released after the write and acquired before
//! every read, so a waker on another thread sees either nobody or the whole reference.

#![allow(unsafe_code)] // A cell that is written once.

use core::cell::{Cell, UnsafeCell};
use core::fmt;

use crate::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::executor::LocalExecutor;
use crate::slot::Header;

/// Which task: the slot it lives in, and the how-manieth spawn of its executor it was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The slot, from 1; 0 is the main future of `run_until`.
    pub slot: usize,
    /// The spawn, from 1; 0 is the main future of `run_until`.
    pub serial: usize,
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} in slot {}", self.serial, self.slot)
    }
}

/// Told what an executor's tasks do, at the moment they do it.
///
/// Each function does nothing by default. They run inside the executor: keep them short, and do
/// not call the executor from them. They must not panic.
pub trait Observe: Sync {
    /// A task was spawned.
    fn spawned(&self, task: TaskId) {
        let _ = task;
    }

    /// A task was queued by a wake; called on the thread, or in the interrupt, that woke it.
    fn woken(&self, task: TaskId) {
        let _ = task;
    }

    /// A task is about to be polled.
    fn poll_begin(&self, task: TaskId) {
        let _ = task;
    }

    /// Its poll is over, by returning or by panicking.
    fn poll_end(&self, task: TaskId) {
        let _ = task;
    }

    /// A task has ended: with its output, by a panic, or because it was cancelled or cleared.
    fn completed(&self, task: TaskId) {
        let _ = task;
    }

    /// A run has nothing to do and is about to wait for its parent.
    fn idle(&self) {}
}

impl<const BYTES: usize> LocalExecutor<BYTES> {
    /// Has `observer` told of everything from now on, once for each executor: `false` if there is
    /// an observer already.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use core::sync::atomic::{AtomicUsize, Ordering};
    /// use wakeful_executor::{Executor, Observe, TaskId, block_on, yield_now};
    ///
    /// struct Polls(AtomicUsize);
    ///
    /// impl Observe for Polls {
    ///     fn poll_begin(&self, _: TaskId) {
    ///         self.0.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// static POLLS: Polls = Polls(AtomicUsize::new(0));
    /// static EXECUTOR: Executor<1, 64> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// assert!(local.observe(&POLLS));
    /// let task = local.spawn(async { yield_now().await }).expect("one slot");
    /// block_on(local.run_until(task));
    /// assert_eq!(POLLS.0.load(Ordering::Relaxed), 2);
    /// ```
    pub fn observe(&self, observer: &'static dyn Observe) -> bool {
        self.core.observers.set(observer)
    }
}

/// The one observer of an executor.
pub(crate) struct Observers {
    observer: UnsafeCell<Option<&'static dyn Observe>>,
    is_set: AtomicBool,
    spawns: Cell<usize>,
}

/// What the observers keep in each slot: the tenant's serial number.
pub(crate) struct Serial(AtomicUsize);

impl Serial {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }
}

impl Observers {
    pub(crate) const fn new() -> Self {
        Self {
            observer: UnsafeCell::new(None),
            is_set: AtomicBool::new(false),
            spawns: Cell::new(0),
        }
    }

    /// Sets the observer, once, from the owner's thread.
    pub(crate) fn set(&self, observer: &'static dyn Observe) -> bool {
        // Relaxed: only the owner sets it.
        if self.is_set.load(Ordering::Relaxed) {
            return false;
        }
        // SAFETY: a write needs to be alone. Nobody reads before `is_set`, and nobody else writes.
        unsafe { *self.observer.get() = Some(observer) };
        // Release: pairs with `tell`.
        self.is_set.store(true, Ordering::Release);
        true
    }

    fn tell(&self, call: impl FnOnce(&dyn Observe)) {
        // Acquire: pairs with `set`.
        if self.is_set.load(Ordering::Acquire) {
            // SAFETY: after `is_set`, nobody writes any more.
            if let Some(observer) = unsafe { *self.observer.get() } {
                call(observer);
            }
        }
    }

    pub(crate) fn spawned(&self, header: &Header) {
        self.spawns.set(self.spawns.get() + 1);
        header.serial.0.store(self.spawns.get(), Ordering::Relaxed);
        self.tell(|observer| observer.spawned(id(header)));
    }

    pub(crate) fn woken(&self, header: &Header) {
        self.tell(|observer| observer.woken(id(header)));
    }

    pub(crate) fn poll_begin(&self, header: &Header) {
        self.tell(|observer| observer.poll_begin(id(header)));
    }

    pub(crate) fn poll_end(&self, header: &Header) {
        self.tell(|observer| observer.poll_end(id(header)));
    }

    pub(crate) fn completed(&self, header: &Header) {
        self.tell(|observer| observer.completed(id(header)));
    }

    pub(crate) fn idle(&self) {
        self.tell(|observer| observer.idle());
    }
}

fn id(header: &Header) -> TaskId {
    TaskId {
        slot: header.index() as usize,
        serial: header.serial.0.load(Ordering::Relaxed),
    }
}
