//! [`Condvar`]: wait, with a [`Mutex`](super::Mutex) unlocked meanwhile, until somebody says that the
//! value has changed.
//!
//! On one thread an [`Event`](super::Event) and a `Cell` often suffice. A condition variable is for
//! conditions on a value whose changes span awaits, and for code that was written with one.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::mutex::{Lock, MutexGuard};
use super::wait_list::{Standing, WaitList, Waiter};

/// Tasks that wait for a change of the value in a [`Mutex`](super::Mutex).
///
/// There are no spurious wake-ups. But other tasks may run between the notification and the lock, so
/// check the condition in a loop.
///
/// ```
/// # #[cfg(feature = "std")] {
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
/// # }
/// ```
#[derive(Default)]
pub struct Condvar {
    waiters: WaitList,
}

impl Condvar {
    /// A condition variable for which nobody waits.
    pub const fn new() -> Self {
        Self { waiters: WaitList::new(0) }
    }

    /// Lets the task that has waited longest go on. If nobody waits, nothing happens: a notification
    /// is not kept.
    pub fn notify_one(&self) {
        self.waiters.choose(1, Standing::Granted);
    }

    /// Lets all tasks that wait now go on, one after the other, as they get the lock.
    pub fn notify_all(&self) {
        self.waiters.choose(usize::MAX, Standing::Released);
    }

    /// Unlocks, waits for a notification, and locks again.
    ///
    /// The first poll begins to wait and then unlocks, so no notification is missed in between.
    ///
    /// # Cancellation
    /// The mutex is unlocked, or stays so. If [`notify_one`](Self::notify_one) had chosen this
    /// waiter, even if it was waiting for the lock already, the next waiter gets the notification.
    pub fn wait<'a, T: ?Sized>(&'a self, guard: MutexGuard<'a, T>) -> CondvarWait<'a, T> {
        CondvarWait {
            waiter: Waiter::new(&self.waiters, 0),
            lock: guard.mutex.lock(),
            guard: Some(guard),
        }
    }
}

pin_project! {
    /// The future of [`Condvar::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWait<'a, T: ?Sized> {
        // Dropped first: its drop passes a notification on.
        #[pin]
        waiter: Waiter<'a>,
        guard: Option<MutexGuard<'a, T>>,
        #[pin]
        lock: Lock<'a, T>,
    }
}

impl<'a, T: ?Sized> Future for CondvarWait<'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        let _ = waiter.poll(cx.waker());
        // At the first poll: unlock. This may run code that notifies, so look again.
        drop(this.guard.take());
        if waiter.standing() == Standing::Waiting {
            return Poll::Pending;
        }
        let locked = this.lock.poll(cx);
        if locked.is_ready() {
            waiter.leave();
        }
        locked
    }
}
