//! [`Event`]: a flag that tasks wait for.
//!
//! It works as Python's `asyncio.Event`: once set, it lets every task through until it is cleared.
//! [`notify`](Event::notify) works as that of a condition variable: it lets some of the tasks that
//! wait now go on, and leaves the flag alone.

use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait::{Wait, Want};
use super::wait_list::{Standing, WaitList, Waiter};

/// A flag that any number of tasks can wait for.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::sync::{Event, TakeCell};
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static READY: TakeCell<Event> = TakeCell::new(Event::new());
///
/// let local = EXECUTOR.take().expect("taken once");
/// let ready = READY.take().expect("taken once");
/// let waiter = local.spawn(async { ready.wait().await }).expect("two slots");
/// block_on(local.run_until(async {
///     ready.set();
///     waiter.await;
///     ready.wait().await; // Still set: everybody goes through.
/// }));
/// # }
/// ```
#[derive(Default)]
pub struct Event {
    /// Closed while the flag is set.
    waiters: WaitList,
}

impl Event {
    /// An event that is not set.
    pub const fn new() -> Self {
        Self { waiters: WaitList::new(0) }
    }

    /// Sets the flag and lets all waiting tasks go on, in the order in which they came.
    ///
    /// They go on even if the flag is cleared again before they run.
    pub fn set(&self) {
        self.waiters.close();
    }

    /// Clears the flag: a task that waits from now on waits for the next [`set`](Self::set).
    pub fn clear(&self) {
        self.waiters.is_closed.set(false);
    }

    /// Whether the flag is set.
    pub fn is_set(&self) -> bool {
        self.waiters.is_closed.get()
    }

    /// Lets the `most` tasks that have waited longest go on, and leaves the flag as it is. A
    /// notification is not kept for tasks that begin to wait later.
    ///
    /// ```
    /// # #[cfg(feature = "std")] {
    /// use wakeful_executor::sync::{Event, TakeCell};
    /// use wakeful_executor::{Executor, block_on, yield_now};
    ///
    /// static EXECUTOR: Executor<2, 256> = Executor::new();
    /// static READY: TakeCell<Event> = TakeCell::new(Event::new());
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// let ready = READY.take().expect("taken once");
    /// let first = local.spawn(async { ready.wait().await }).expect("two slots");
    /// let second = local.spawn(async { ready.wait().await }).expect("two slots");
    /// block_on(local.run_until(async {
    ///     yield_now().await; // Both wait now.
    ///     ready.notify(1);
    ///     first.await;
    ///     assert!(!second.is_finished());
    /// }));
    /// # }
    /// ```
    pub fn notify(&self, most: usize) {
        self.waiters.choose(most, Standing::Granted);
    }

    /// Waits until the flag is set, or until a notification chooses this waiter.
    ///
    /// The wait begins with the first poll. No other task runs between checking a condition and
    /// awaiting this, so no notification is missed in between.
    ///
    /// # Cancellation
    /// Dropping the future gives up its place. If a [`notify`](Self::notify) had chosen it already,
    /// the next waiter gets the notification.
    pub fn wait(&self) -> EventWait<'_> {
        Wait::new(self, &self.waiters, 0)
    }
}

/// The future of [`Event::wait`].
pub type EventWait<'a> = Wait<'a, &'a Event>;

impl Want for &Event {
    type Output = ();

    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<()> {
        if waiter.standing() == Standing::Outside && self.is_set() {
            return Poll::Ready(());
        }
        waiter.poll(waker).map(|_| {
            waiter.leave();
        })
    }
}
