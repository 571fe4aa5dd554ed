//! [`Condvar`]: wait, with a [`Mutex`] unlocked meanwhile, until somebody says that the value has
//! changed.
//!
//! On one thread an [`Event`](super::Event) and a `Cell` often suffice. A condition variable is for
//! conditions on a value whose changes span awaits, and for those who bring the pattern along.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::list::{Turn, WaitList, Waiter};
use super::mutex::{Lock, MutexGuard};

/// A line of tasks that wait for a change of what a [`Mutex`](super::Mutex) guards.
///
/// There are no spurious wake-ups; but between a notification and the lock others may run, so look
/// at the condition in a loop.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::sync::{Condvar, Mutex, TakeCell};
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static BASKET: TakeCell<Mutex<Option<&str>>> = TakeCell::new(Mutex::new(None));
/// static FILLED: TakeCell<Condvar> = TakeCell::new(Condvar::new());
///
/// let local = EXECUTOR.take().expect("taken once");
/// let basket = BASKET.take().expect("taken once");
/// let filled = FILLED.take().expect("taken once");
/// let eater = local.spawn(async {
///     let mut guard = basket.lock().await;
///     loop {
///         match guard.take() {
///             Some(fruit) => return fruit,
///             None => guard = filled.wait(guard).await,
///         }
///     }
/// }).expect("two slots");
/// block_on(local.run_until(async {
///     *basket.lock().await = Some("apple");
///     filled.notify_one();
///     assert_eq!(eater.await, "apple");
/// }));
/// ```
pub struct Condvar {
    waiters: WaitList,
}

impl Condvar {
    /// A condition variable for which nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiters: WaitList::new(),
        }
    }

    /// Lets the one that has waited longest go on. If nobody waits, nothing happens: a
    /// notification is not kept.
    pub fn notify_one(&self) {
        if let Some(call) = self.waiters.grant_first() {
            call.wake();
        }
    }

    /// Lets everybody who waits now go on, one after the other, as they get the lock.
    pub fn notify_all(&self) {
        self.waiters.tell(usize::MAX, Turn::Released);
    }

    /// Unlocks, waits for a notification, locks again.
    ///
    /// The first poll joins the line and unlocks, in this order and in one go, so no notification
    /// is missed in between.
    ///
    /// # Cancellation
    /// The mutex is unlocked, or stays so. If [`notify_one`](Self::notify_one) had chosen this
    /// waiter, also if it was on its way to the lock, the notification goes to the next that waits.
    pub fn wait<'a, T: ?Sized>(&'a self, guard: MutexGuard<'a, T>) -> CondvarWait<'a, T> {
        CondvarWait {
            condvar: self,
            lock: guard.mutex().lock(),
            guard: Some(guard),
            waiter: Waiter::new(&self.waiters),
        }
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// The future of [`Condvar::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWait<'a, T: ?Sized> {
        condvar: &'a Condvar,
        guard: Option<MutexGuard<'a, T>>,
        #[pin]
        lock: Lock<'a, T>,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl<T: ?Sized> PinnedDrop for CondvarWait<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            if this.waiter.leave() == Turn::Granted {
                this.condvar.notify_one();
            }
        }
    }
}

impl<'a, T: ?Sized> Future for CondvarWait<'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let mut this = self.project();
        let waiter = this.waiter.as_ref();
        loop {
            match waiter.turn() {
                Turn::Outside => {
                    waiter.join();
                    drop(this.guard.take());
                }
                Turn::Waiting if waiter.keep(cx.waker()) => return Poll::Pending,
                Turn::Waiting => {}
                Turn::Granted | Turn::Released => {
                    let locked = this.lock.as_mut().poll(cx);
                    if locked.is_ready() {
                        waiter.leave();
                    }
                    return locked;
                }
            }
        }
    }
}
