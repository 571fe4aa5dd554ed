//! [`Semaphore`]: a number of permits, handed out strictly first come, first served.
//!
//! # Invariants
//! - **No overtaking**: while somebody waits, the free permits do not suffice for the first in
//!   line; every change that could suffice hands permits out at once.
//! - **Set aside**: the permits of a chosen waiter are taken from the free ones when it is chosen,
//!   so nobody can snatch them before it runs.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::list::{Turn, WaitList, Waiter};

/// A number of permits that tasks acquire and give back.
///
/// Strictly fair: a task that wants many permits holds back all that come after it, also those that
/// want fewer, so it cannot starve.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
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
/// ```
pub struct Semaphore {
    free: Cell<usize>,
    waiters: WaitList,
}

impl Semaphore {
    /// A semaphore with `permits` to give.
    #[must_use]
    pub const fn new(permits: usize) -> Self {
        Self {
            free: Cell::new(permits),
            waiters: WaitList::new(),
        }
    }

    /// How many permits are free.
    #[must_use]
    pub fn available(&self) -> usize {
        self.free.get()
    }

    /// Waits for one permit.
    ///
    /// # Cancellation
    /// Dropping the future leaves the line; if its turn had come, the next in line has it.
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Waits for `count` permits at once. With 0 it never waits; with more than there ever are, it
    /// waits for ever.
    ///
    /// # Cancellation
    /// Dropping the future leaves the line; if its turn had come, the next in line has it. Those
    /// whom only this one held back go on.
    pub fn acquire_many(&self, count: usize) -> Acquire<'_> {
        Acquire {
            semaphore: self,
            count,
            waiter: Waiter::in_need(&self.waiters, count),
        }
    }

    /// Takes `count` permits if they are free and nobody waits.
    #[must_use]
    pub fn try_acquire(&self, count: usize) -> Option<Permit<'_>> {
        let left = self.free.get().checked_sub(count)?;
        if count > 0 && self.waiters.first_need().is_some() {
            return None;
        }
        self.free.set(left);
        Some(Permit {
            semaphore: self,
            count,
        })
    }

    /// Adds `count` permits to those that there are. The free ones never exceed `usize::MAX`.
    pub fn release(&self, count: usize) {
        self.free.set(self.free.get().saturating_add(count));
        self.hand_out();
    }

    /// Serves the line from its head, as far as the permits go (No overtaking).
    fn hand_out(&self) {
        while let Some(need) = self.waiters.first_need() {
            let Some(left) = self.free.get().checked_sub(need) else {
                return;
            };
            let Some(call) = self.waiters.grant_first() else {
                return;
            };
            self.free.set(left);
            call.wake();
        }
    }
}

/// Permits that are given back when this is dropped.
#[must_use = "a permit that is dropped at once permits nothing"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl Permit<'_> {
    /// How many permits these are.
    #[must_use]
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

pin_project! {
    /// The future of [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'a> {
        semaphore: &'a Semaphore,
        count: usize,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl PinnedDrop for Acquire<'_> {
        fn drop(this: Pin<&mut Self>) {
            match this.waiter.leave() {
                Turn::Granted => this.semaphore.release(this.count),
                // It may have been the one that wanted too much.
                Turn::Waiting => this.semaphore.hand_out(),
                Turn::Outside | Turn::Released => {}
            }
        }
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        let semaphore: &'a Semaphore = this.semaphore;
        loop {
            match waiter.turn() {
                Turn::Outside => match semaphore.try_acquire(*this.count) {
                    Some(permit) => return Poll::Ready(permit),
                    None => waiter.join(),
                },
                Turn::Waiting if waiter.keep(cx.waker()) => return Poll::Pending,
                Turn::Waiting => {}
                Turn::Granted | Turn::Released => {
                    waiter.leave();
                    return Poll::Ready(Permit {
                        semaphore,
                        count: *this.count,
                    });
                }
            }
        }
    }
}
