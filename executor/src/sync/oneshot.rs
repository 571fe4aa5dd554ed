//! [`Oneshot`]: one value, set once and taken once.
//!
//! The value is the only permit of a wait list: setting it releases the permit, and the first waiter
//! that is granted the permit takes the value. Then the list is closed.

use core::cell::Cell;
use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait::{Wait, Want};
use super::wait_list::{WaitList, Waiter};

/// One value that one task sets and another awaits.
///
/// The first waiter gets the value. The others learn, by `None`, that they came too late. For a
/// result that many may look at, use an [`Event`](super::Event) beside a `Cell`.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::sync::{Oneshot, TakeCell};
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static ANSWER: TakeCell<Oneshot<u8>> = TakeCell::new(Oneshot::new());
///
/// let local = EXECUTOR.take().expect("taken once");
/// let answer = ANSWER.take().expect("taken once");
/// let taker = local.spawn(answer.take()).expect("two slots");
/// block_on(local.run_until(async {
///     assert_eq!(answer.set(42), Ok(()));
///     assert_eq!(answer.set(43), Err(43)); // It is set once.
///     assert_eq!(taker.await, Some(42));
/// }));
/// # }
/// ```
pub struct Oneshot<T> {
    value: Cell<Option<T>>,
    is_set: Cell<bool>,
    permit: WaitList,
}

impl<T> Oneshot<T> {
    /// Without a value.
    pub const fn new() -> Self {
        Self { value: Cell::new(None), is_set: Cell::new(false), permit: WaitList::new(0) }
    }

    /// Sets the value.
    ///
    /// # Errors
    /// Gives the value back if one was set before, even if that one was taken since.
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.is_set.replace(true) {
            return Err(value);
        }
        self.value.set(Some(value));
        self.permit.release(1);
        Ok(())
    }

    /// Whether a value was ever set.
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Waits for the value and takes it. `None`: another task has taken it.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing and gives up its place. If it was granted the value
    /// already, the next waiter gets it.
    pub fn take(&self) -> OneshotTake<'_, T> {
        Wait::new(self, &self.permit, 1)
    }

    /// Takes the value if it is there and not set aside for a waiter.
    #[must_use]
    pub fn try_take(&self) -> Option<T> {
        self.permit.try_claim(1).then(|| self.finish())?
    }

    /// Takes the value, whose permit the caller has, and lets all other waiters go.
    fn finish(&self) -> Option<T> {
        let value = self.value.take();
        self.permit.close();
        value
    }
}

impl<T> Default for Oneshot<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The future of [`Oneshot::take`].
pub type OneshotTake<'a, T> = Wait<'a, &'a Oneshot<T>>;

impl<T> Want for &Oneshot<T> {
    type Output = Option<T>;

    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<Option<T>> {
        let claim = waiter.claim(1, waker);
        claim.map(|is_mine| is_mine.then(|| self.finish())?)
    }
}
