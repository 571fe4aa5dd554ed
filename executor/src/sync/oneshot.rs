//! [`Oneshot`]: a promise of one value, kept at most once.
//!
//! # Invariants
//! - **Step says**: the value is there in `Set` and `Kept`, and in no other step.
//! - **Offered**: in `Set` nobody waits; `Kept` means that the value is set aside for one chosen
//!   waiter, and only that one takes it or, dropped, passes it on.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::list::{Turn, WaitList, Waiter};

/// Where the promise stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing was set yet.
    Open,
    /// The value is there for whoever comes.
    Set,
    /// The value is there, and kept for the waiter that was chosen.
    Kept,
    /// The value is gone.
    Taken,
}

/// One value that somebody sets and somebody else awaits.
///
/// The value goes to one taker, the first in line. The others learn, by `None`, that they came too
/// late; for a result that many may look at, use an [`Event`](super::Event) beside a `Cell`.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
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
///     assert_eq!(answer.set(43), Err(43)); // A promise is kept once.
///     assert_eq!(taker.await, Some(42));
/// }));
/// ```
pub struct Oneshot<T> {
    value: Cell<Option<T>>,
    step: Cell<Step>,
    waiters: WaitList,
}

impl<T> Oneshot<T> {
    /// A promise that was not kept yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            value: Cell::new(None),
            step: Cell::new(Step::Open),
            waiters: WaitList::new(),
        }
    }

    /// Sets the value.
    ///
    /// # Errors
    /// If a value was set before, also one that was taken since, this one comes back.
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.is_set() {
            return Err(value);
        }
        self.value.set(Some(value));
        self.offer();
        Ok(())
    }

    /// Whether a value was ever set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.step.get() != Step::Open
    }

    /// Waits for the value and takes it. `None`: somebody else has taken it.
    ///
    /// # Cancellation
    /// Dropping the future leaves the line and takes nothing; if its turn had come, the next in
    /// line has it.
    pub fn take(&self) -> OneshotTake<'_, T> {
        OneshotTake {
            oneshot: self,
            waiter: Waiter::new(&self.waiters),
        }
    }

    /// Takes the value if it is there and not kept for a taker in line.
    #[must_use]
    pub fn try_take(&self) -> Option<T> {
        if self.step.get() == Step::Set {
            self.finish()
        } else {
            None
        }
    }

    /// The value is free: keep it for the first in line, if there is one.
    fn offer(&self) {
        match self.waiters.grant_first() {
            None => self.step.set(Step::Set),
            Some(call) => {
                self.step.set(Step::Kept);
                call.wake();
            }
        }
    }

    /// Takes the value, and sends everybody else home.
    fn finish(&self) -> Option<T> {
        let value = self.value.take();
        self.step.set(Step::Taken);
        self.waiters.tell(usize::MAX, Turn::Released);
        value
    }
}

impl<T> Default for Oneshot<T> {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// The future of [`Oneshot::take`].
    #[must_use = "futures do nothing unless polled"]
    pub struct OneshotTake<'a, T> {
        oneshot: &'a Oneshot<T>,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl<T> PinnedDrop for OneshotTake<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            if this.waiter.leave() == Turn::Granted {
                this.oneshot.offer();
            }
        }
    }
}

impl<T> Future for OneshotTake<'_, T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        loop {
            match (waiter.turn(), this.oneshot.step.get()) {
                (Turn::Waiting, _) if waiter.keep(cx.waker()) => return Poll::Pending,
                (Turn::Waiting, _) => {}
                (Turn::Granted, _) | (Turn::Outside, Step::Set) => {
                    waiter.leave();
                    return Poll::Ready(this.oneshot.finish());
                }
                (Turn::Released, _) | (Turn::Outside, Step::Taken) => {
                    waiter.leave();
                    return Poll::Ready(None);
                }
                (Turn::Outside, Step::Open | Step::Kept) => waiter.join(),
            }
        }
    }
}
