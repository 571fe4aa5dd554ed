//! [`Mutex`]: a value that one task at a time may use, also across awaits.
//!
//! On one thread a plain `Cell` or `RefCell` does, as long as no borrow is held across an await. A
//! mutex is for work that must not be interleaved: it is locked for as long as its guard lives.
//!
//! # Invariants
//! - **One guard**: a guard comes with the only permit of the mutex's semaphore, and gives it back
//!   when it is dropped. References to the value are lent by the guard alone.

#![allow(unsafe_code)] // The guard lends what lies in an UnsafeCell.

use core::cell::UnsafeCell;
use core::future::Future;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::semaphore::{Acquire, Permit, Semaphore};

/// A value behind a lock that is awaited, first come, first served.
///
/// A panic while it is locked unlocks it; there is no poisoning.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::sync::{Mutex, TakeCell};
/// use wakeful_executor::{Executor, block_on, yield_now};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static TOTAL: TakeCell<Mutex<i32>> = TakeCell::new(Mutex::new(0));
///
/// let local = EXECUTOR.take().expect("taken once");
/// let total = TOTAL.take().expect("taken once");
/// let add = async |n| {
///     let mut total = total.lock().await;
///     let seen = *total;
///     yield_now().await; // Without the lock the other's addition would be lost here.
///     *total = seen + n;
/// };
/// let one = local.spawn(add(1)).expect("two slots");
/// let two = local.spawn(add(2)).expect("two slots");
/// block_on(local.run_until(async {
///     one.await;
///     two.await;
/// }));
/// assert_eq!(total.try_lock().map(|total| *total), Some(3));
/// ```
pub struct Mutex<T: ?Sized> {
    turns: Semaphore,
    value: UnsafeCell<T>,
}

impl<T> Mutex<T> {
    /// An unlocked mutex.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self {
            turns: Semaphore::new(1),
            value: UnsafeCell::new(value),
        }
    }

    /// The value, when nobody can lock it any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock.
    ///
    /// # Cancellation
    /// Dropping the future leaves the line; if its turn had come, the next in line has it.
    pub fn lock(&self) -> Lock<'_, T> {
        Lock {
            mutex: self,
            acquire: self.turns.acquire(),
        }
    }

    /// Locks it if it is free and nobody waits for it.
    #[must_use]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let permit = self.turns.try_acquire(1)?;
        Some(MutexGuard {
            mutex: self,
            _permit: permit,
        })
    }

    /// Whether somebody has it locked, or has been chosen to.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.turns.available() == 0
    }

    /// The value, which needs no lock while the mutex is borrowed exclusively.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// The right to use the value of a [`Mutex`], until it is dropped.
#[must_use = "dropping the guard unlocks the mutex"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    _permit: Permit<'a>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Whose guard this is.
    pub(super) fn mutex(&self) -> &'a Mutex<T> {
        self.mutex
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a shared reference is sound while nobody has an exclusive one. Those are lent by
        // this guard's `deref_mut` alone, which borrows the guard (One guard).
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: an exclusive reference is sound while there is no other. All are lent by this
        // guard, which is borrowed exclusively here (One guard).
        unsafe { &mut *self.mutex.value.get() }
    }
}

pin_project! {
    /// The future of [`Mutex::lock`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Lock<'a, T: ?Sized> {
        mutex: &'a Mutex<T>,
        #[pin]
        acquire: Acquire<'a>,
    }
}

impl<'a, T: ?Sized> Future for Lock<'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let this = self.project();
        let mutex: &'a Mutex<T> = this.mutex;
        this.acquire.poll(cx).map(|permit| MutexGuard {
            mutex,
            _permit: permit,
        })
    }
}
