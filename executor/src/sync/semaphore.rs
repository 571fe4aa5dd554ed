//! [`Semaphore`]: a number of permits, handed out strictly first come, first served.
//!
//! The other primitives that give something to one waiter are semaphores inside. A
//! [`Mutex`](super::Mutex) has one permit, a [`Channel`](super::Channel) has a semaphore of its empty
//! places and one of its values, and the value of a [`Oneshot`](super::Oneshot) is one permit.
//!
//! # Invariants
//! - **No overtaking**: while somebody waits, the free permits do not suffice for the first waiter,
//!   because every change that could make them suffice hands permits out at once.
//! - **Set aside**: the permits of a granted waiter are no longer free, so nobody else can take them
//!   before it runs.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::list::{Standing, WaitList, Waiter};

/// A number of permits that tasks acquire and give back.
///
/// It is strictly fair: a task that wants many permits holds back all that come after it, also those
/// that want fewer, so it cannot starve.
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
    /// Set by the other primitives: nobody waits any more.
    is_closed: Cell<bool>,
    waiters: WaitList,
}

impl Semaphore {
    /// A semaphore with `permits` free permits.
    #[must_use]
    pub const fn new(permits: usize) -> Self {
        Self {
            free: Cell::new(permits),
            is_closed: Cell::new(false),
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
        Acquire {
            claim: self.claim(count),
        }
    }

    /// Takes `count` permits if they are free and nobody waits.
    #[must_use]
    pub fn try_acquire(&self, count: usize) -> Option<Permit<'_>> {
        self.try_claim(count).then(|| Permit {
            semaphore: self,
            count,
        })
    }

    /// Adds `count` permits. The free ones never exceed `usize::MAX`.
    #[inline]
    pub fn release(&self, count: usize) {
        if self.waiters.is_empty() {
            self.free.set(self.free.get().saturating_add(count));
        } else {
            self.hand_out(count);
        }
    }

    /// Takes `count` permits, which the caller releases, if they are free and nobody waits.
    #[inline]
    pub(super) fn try_claim(&self, count: usize) -> bool {
        (count == 0 || self.waiters.nobody_waits()) && self.take(count)
    }

    /// Takes `count` permits if they are free.
    #[inline]
    fn take(&self, count: usize) -> bool {
        let free = self.free.get();
        if free >= count {
            self.free.set(free - count);
        }
        free >= count
    }

    /// Waits for `count` permits, which the caller releases.
    #[inline]
    pub(super) const fn claim(&self, count: usize) -> Claim<'_> {
        Claim {
            semaphore: self,
            waiter: Waiter::new(&self.waiters, count),
        }
    }

    /// Lets all waiters go without a permit. From now on a claim takes free permits or fails.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.waiters.choose(usize::MAX, Standing::Released);
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Serves the waiters in order, as far as the free permits and `more` suffice (No overtaking).
    #[inline(never)]
    fn hand_out(&self, more: usize) {
        self.free.set(self.free.get().saturating_add(more));
        while self.waiters.grant_first(|need| self.take(need)) {}
    }
}

/// Permits of a [`Semaphore`] that are given back when this is dropped.
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
        #[pin]
        claim: Claim<'a>,
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let claim = self.project().claim;
        let (semaphore, count) = (claim.semaphore, claim.waiter.need());
        claim.poll(cx, count).map(|_| Permit { semaphore, count })
    }
}

pin_project! {
    /// A wait for permits: the part that the futures of all semaphores share.
    pub(super) struct Claim<'a> {
        semaphore: &'a Semaphore,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl PinnedDrop for Claim<'_> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if this.waiter.standing() != Standing::Outside {
                this.give_up();
            }
        }
    }
}

impl Claim<'_> {
    /// Waits for `count` permits, which is what it was made for. Ready with `true`: they are the
    /// caller's. Ready with `false`: the semaphore is closed, and there are not enough.
    #[inline]
    pub(super) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, count: usize) -> Poll<bool> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        match waiter.standing() {
            Standing::Outside
                if this.semaphore.waiters.is_empty() && this.semaphore.take(count) =>
            {
                Poll::Ready(true)
            }
            Standing::Granted if waiter.leave_woken() => Poll::Ready(true),
            _ => wait(this.semaphore, waiter, cx.waker()),
        }
    }

    /// Dropped early: passes permits that were set aside on. A waiter that wanted too much may have
    /// held others back.
    #[cold]
    #[inline(never)]
    fn give_up(&self) {
        let is_granted = self.waiter.leave() == Standing::Granted;
        let granted = if is_granted { self.waiter.need() } else { 0 };
        self.semaphore.hand_out(granted);
    }
}

/// The slow part of [`Claim::poll`]: one function for the channels of all types.
#[inline(never)]
fn wait(semaphore: &Semaphore, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<bool> {
    if waiter.standing() == Standing::Outside {
        let is_claimed = semaphore.try_claim(waiter.need());
        if is_claimed || semaphore.is_closed() {
            return Poll::Ready(is_claimed);
        }
    }
    waiter.poll(waker).map(|_| match waiter.leave() {
        Standing::Granted => true,
        // It was released: it takes what has become free since.
        _ => semaphore.try_claim(waiter.need()),
    })
}
