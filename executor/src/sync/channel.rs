//! [`Channel`]: a bounded line of values between tasks.
//!
//! A sender keeps its value until it runs and finds its place. A `send` that is dropped has
//! therefore certainly sent nothing, and a `recv` that is dropped has taken nothing.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::error::{SendError, TryRecvError, TrySendError};
use super::gate::Pass;
use super::line::{Line, Owned};
use super::list::Waiter;

/// A channel with room for `N` values, for any number of senders and receivers on one thread.
///
/// It has no ends to clone: share a reference.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::sync::{Channel, TakeCell};
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static PAGES: TakeCell<Channel<u32, 1>> = TakeCell::new(Channel::new());
///
/// let local = EXECUTOR.take().expect("taken once");
/// let pages = PAGES.take().expect("taken once");
/// let sum = local.spawn(async {
///     let mut sum = 0;
///     while let Some(page) = pages.recv().await {
///         sum += page;
///     }
///     sum
/// }).expect("two slots");
/// block_on(local.run_until(async {
///     for page in 1..=4 {
///         pages.send(page).await.expect("nobody closes it before us");
///     }
///     pages.close();
///     assert_eq!(sum.await, 10);
/// }));
/// ```
pub struct Channel<T, const N: usize> {
    parts: Owned<T, N>,
}

impl<T, const N: usize> Channel<T, N> {
    /// An empty channel. A channel without room does not compile.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: Owned::<T, N>::new(),
        }
    }

    /// Sends a value, and waits for room if there is none.
    ///
    /// # Errors
    /// If the channel is or becomes closed, the value comes back.
    ///
    /// # Cancellation
    /// Dropping the future sends nothing; the value is dropped with it. If a place was kept for it,
    /// the next sender in line has it.
    pub fn send(&self, value: T) -> ChannelSend<'_, T> {
        ChannelSend {
            line: self.line(),
            value: Some(value),
            waiter: Waiter::new(&self.parts.places.waiters),
        }
    }

    /// Sends a value if there is room now that is not kept for a sender in line.
    ///
    /// # Errors
    /// Full or closed; the value comes back.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.line().try_send(value)
    }

    /// Receives the oldest value, and waits for one if there is none. `None`: the channel is closed
    /// and empty.
    ///
    /// Receivers are chosen in the order in which they came; values leave in the order in which
    /// they were sent.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing. If a value was kept for it, the next receiver in line has
    /// it.
    pub fn recv(&self) -> ChannelRecv<'_, T> {
        ChannelRecv {
            line: self.line(),
            waiter: Waiter::new(&self.parts.values.waiters),
        }
    }

    /// Receives the oldest value if there is one that is not kept for a receiver in line.
    ///
    /// # Errors
    /// Nothing there now, or nothing there for ever.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.line().try_recv()
    }

    /// Closes the channel: every `send` fails from now on, also those that wait. Receivers drain
    /// what is left, and then receive `None`.
    pub fn close(&self) {
        self.line().close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.line().is_closed()
    }

    /// How many values are in it, also those kept for a receiver in line.
    #[must_use]
    pub fn len(&self) -> usize {
        self.line().len()
    }

    /// Whether no value is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values have room in it: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The line, its room forgotten.
    #[inline]
    fn line(&self) -> &Line<T> {
        &self.parts
    }
}

impl<T, const N: usize> Default for Channel<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// The future of [`Channel::send`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelSend<'a, T> {
        line: &'a Line<T>,
        value: Option<T>,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl<T> PinnedDrop for ChannelSend<'_, T> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            this.line.places.depart(&this.waiter);
        }
    }
}

impl<T> Future for ChannelSend<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let line = *this.line;
        assert!(
            this.value.is_some(),
            "a `send` was polled after it had finished"
        );
        if line.places.pass(this.waiter.as_ref(), cx.waker()) == Pass::Waits {
            return Poll::Pending;
        }
        let Some(value) = this.value.take() else {
            unreachable!("it was there above")
        };
        // In a closed channel nobody needs a place that was kept any more.
        Poll::Ready(match line.is_closed() {
            true => Err(SendError(value)),
            false => line.put(value).map_err(SendError),
        })
    }
}

pin_project! {
    /// The future of [`Channel::recv`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ChannelRecv<'a, T> {
        line: &'a Line<T>,
        #[pin]
        waiter: Waiter<'a>,
    }

    impl<T> PinnedDrop for ChannelRecv<'_, T> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            this.line.values.depart(&this.waiter);
        }
    }
}

impl<T> Future for ChannelRecv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        match this.line.values.pass(this.waiter.as_ref(), cx.waker()) {
            Pass::Through => Poll::Ready(this.line.take()),
            Pass::Waits => Poll::Pending,
            Pass::Refused => Poll::Ready(None),
        }
    }
}
