//! [`Semaphore`]: a number of permits, handed out strictly first come, first served.

use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait::{Wait, Want};
use super::wait_list::{WaitList, Waiter};

/// A number of permits that tasks acquire and give back.
///
/// It is strictly fair: a task that wants many permits holds back all that come after it, also those
/// that want fewer, so it cannot starve.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::block_on;
/// use wakeful_executor::sync::Semaphore;
///
/// let connections = Semaphore::new(2);
/// let first = block_on(connections.acquire());
/// let second = connections.try_acquire(1).expect("one is left");
/// assert!(connections.try_acquire(1).is_none());
/// drop(first);
/// assert_eq!(connections.available(), 1);
/// # drop(second);
/// # }
/// ```
pub struct Semaphore {
    permits: WaitList,
}

impl Semaphore {
    /// A semaphore with `permits` free permits.
    pub const fn new(permits: usize) -> Self {
        Self { permits: WaitList::new(permits) }
    }

    /// How many permits are free.
    pub fn available(&self) -> usize {
        self.permits.free.get()
    }

    /// Waits for one permit.
    ///
    /// # Cancellation
    /// Dropping the future gives up its place. If it was granted a permit already, the next waiter
    /// gets that permit.
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Waits for `count` permits at once. With 0 it is ready at once; with more than there ever are,
    /// it waits for ever.
    ///
    /// # Cancellation
    /// Dropping the future gives up its place. If it was granted its permits already, the next
    /// waiters get them. Waiters that only this one held back go on.
    pub fn acquire_many(&self, count: usize) -> Acquire<'_> {
        Wait::new((self, count), &self.permits, count)
    }

    /// Takes `count` permits if they are free and nobody waits.
    #[must_use]
    pub fn try_acquire(&self, count: usize) -> Option<Permit<'_>> {
        self.permits.try_claim(count).then(|| Permit { semaphore: self, count })
    }

    /// Adds `count` permits. The free ones never exceed `usize::MAX`.
    pub fn release(&self, count: usize) {
        self.permits.release(count);
    }
}

/// Permits of a [`Semaphore`], which are given back when this is dropped.
#[must_use = "a permit that is dropped at once permits nothing"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl Permit<'_> {
    /// How many permits these are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Keeps the permits out of circulation, until somebody calls [`Semaphore::release`].
    pub fn forget(self) {
        core::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.release(self.count);
    }
}

/// The future of [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
pub type Acquire<'a> = Wait<'a, (&'a Semaphore, usize)>;

impl<'a> Want for (&'a Semaphore, usize) {
    type Output = Permit<'a>;

    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<Permit<'a>> {
        let (semaphore, count) = *self;
        waiter.claim(count, waker).map(|_| Permit { semaphore, count })
    }
}
