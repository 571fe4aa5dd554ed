//! [`Event`]: a flag that tasks wait for, and a bell for those who wait.
//!
//! The flag is the one of Python's `asyncio.Event`: once set it lets everybody through until it is
//! cleared. [`notify`](Event::notify) is the other half, known from condition variables: it lets
//! some of those who wait now go on and leaves the flag alone.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::list::{Turn, WaitList, Waiter};

/// A flag that any number of tasks can wait for.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
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
/// ```
pub struct Event {
    is_set: Cell<bool>,
    waiters: WaitList,
}

impl Event {
    /// An event that is not set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            is_set: Cell::new(false),
            waiters: WaitList::new(),
        }
    }

    /// Sets the flag and lets everybody who waits go on, in the order in which they came.
    ///
    /// They go on even if the flag is cleared again before they run.
    pub fn set(&self) {
        self.is_set.set(true);
        self.waiters.tell(usize::MAX, Turn::Released);
    }

    /// Clears the flag: who waits from now on waits for the next [`set`](Self::set).
    pub fn clear(&self) {
        self.is_set.set(false);
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Lets the `most` that have waited longest go on, and leaves the flag as it is. Nobody who
    /// begins to wait later is let through: a notification is not kept.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use wakeful_executor::sync::{Event, TakeCell};
    /// use wakeful_executor::{Executor, block_on, yield_now};
    ///
    /// static EXECUTOR: Executor<2, 256> = Executor::new();
    /// static BELL: TakeCell<Event> = TakeCell::new(Event::new());
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// let bell = BELL.take().expect("taken once");
    /// let first = local.spawn(async { bell.wait().await }).expect("two slots");
    /// let second = local.spawn(async { bell.wait().await }).expect("two slots");
    /// block_on(local.run_until(async {
    ///     yield_now().await; // Both wait now.
    ///     bell.notify(1);
    ///     first.await;
    ///     assert!(!second.is_finished());
    /// }));
    /// ```
    pub fn notify(&self, most: usize) {
        self.waiters.tell(most, Turn::Granted);
    }

    /// Waits until the flag is set, or until a notification chooses this waiter.
    ///
    /// The wait begins with the first poll. Between looking at a condition and awaiting nothing
    /// else runs on this thread, so no notification is missed in between.
    ///
    /// # Cancellation
    /// Dropping the future leaves the line. If a [`notify`](Self::notify) had chosen it already,
    /// the notification goes to the next that waits.
    pub fn wait(&self) -> EventWait<'_> {
        EventWait {
            event: self,
            waiter: Waiter::new(&self.waiters),
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// The future of [`Event::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EventWait<'a> {
        event: &'a Event,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl PinnedDrop for EventWait<'_> {
        fn drop(this: Pin<&mut Self>) {
            if this.waiter.leave() == Turn::Granted {
                this.event.notify(1);
            }
        }
    }
}

impl Future for EventWait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        loop {
            match waiter.turn() {
                Turn::Outside if this.event.is_set.get() => return Poll::Ready(()),
                Turn::Outside => waiter.join(),
                Turn::Waiting if waiter.keep(cx.waker()) => return Poll::Pending,
                Turn::Waiting => {}
                Turn::Granted | Turn::Released => {
                    waiter.leave();
                    return Poll::Ready(());
                }
            }
        }
    }
}
