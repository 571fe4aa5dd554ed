//! [`Mutex`]: a value that one task at a time may use, also across awaits.
//!
//! On one thread a plain `Cell` or `RefCell` does, as long as no borrow is held across an await. A
//! mutex is for work that must not be interleaved: it is locked for as long as its guard lives.
//!
//! # Invariants
//! - **One guard**: a guard is made with the only permit of the mutex's wait list, and its drop
//!   releases that permit. Only a guard gives out references to the value.

#![allow(unsafe_code)] // The guard gives access to an UnsafeCell.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait::{Wait, Want};
use super::wait_list::{WaitList, Waiter};

/// A value behind a lock that is awaited, first come, first served.
///
/// A panic while it is locked unlocks it; there is no poisoning.
///
/// ```
/// # #[cfg(feature = "std")] {
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
/// # }
/// ```
pub struct Mutex<T: ?Sized> {
    permit: WaitList,
    value: UnsafeCell<T>,
}

impl<T> Mutex<T> {
    /// An unlocked mutex.
    pub const fn new(value: T) -> Self {
        Self { permit: WaitList::new(1), value: UnsafeCell::new(value) }
    }

    /// The value. Nobody else can have the mutex locked.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock.
    ///
    /// # Cancellation
    /// Dropping the future gives up its place. If it was granted the lock already, the next waiter
    /// gets it.
    pub fn lock(&self) -> Lock<'_, T> {
        Wait::new(self, &self.permit, 1)
    }

    /// Locks it if it is free and nobody waits for it.
    #[must_use]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.permit.try_claim(1).then(|| MutexGuard { mutex: self })
    }

    /// Whether somebody has it locked, or was granted the lock.
    pub fn is_locked(&self) -> bool {
        self.permit.free.get() == 0
    }

    /// The value, which needs no lock while the mutex is borrowed exclusively.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// The right to use the value of a [`Mutex`], until it is dropped.
#[must_use = "dropping the guard unlocks the mutex"]
pub struct MutexGuard<'a, T: ?Sized> {
    /// The condition variable locks it again.
    pub(super) mutex: &'a Mutex<T>,
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a shared reference is sound while nobody has an exclusive one. Only this guard's
        // `deref_mut` gives those out, and it borrows the guard exclusively (One guard).
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: an exclusive reference is sound while there is no other. Only this guard gives
        // references out, and it is borrowed exclusively here (One guard).
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mutex.permit.release(1);
    }
}

/// The future of [`Mutex::lock`].
pub type Lock<'a, T> = Wait<'a, &'a Mutex<T>>;

impl<'a, T: ?Sized> Want for &'a Mutex<T> {
    type Output = MutexGuard<'a, T>;

    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<MutexGuard<'a, T>> {
        waiter.claim(1, waker).map(|_| MutexGuard { mutex: self })
    }
}
