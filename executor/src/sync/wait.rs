//! [`Wait`], the one future of all primitives that hand something to their waiters.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::wait_list::{WaitList, Waiter};

/// What a waiter wants of a primitive. Only this crate implements it.
pub trait Want {
    /// What the waiter gets.
    type Output;

    /// Takes it, or has `waiter` wait for it.
    #[doc(hidden)]
    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<Self::Output>;
}

pin_project! {
    /// A future that waits for its turn. [`Lock`](super::Lock), [`Acquire`](super::Acquire) and the
    /// like are names of it.
    #[must_use = "futures do nothing unless polled"]
    pub struct Wait<'a, W> {
        // Dropped first: it passes on what it was granted before a value that is not sent is dropped.
        #[pin]
        waiter: Waiter<'a>,
        want: W,
    }
}

impl<'a, W> Wait<'a, W> {
    /// Waits in `list` for `need` permits, or, with 0, for a notification.
    #[inline]
    pub(super) fn new(want: W, list: &'a WaitList, need: usize) -> Self {
        Self { want, waiter: Waiter::new(list, need) }
    }
}

impl<W: Want> Future for Wait<'_, W> {
    type Output = W::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<W::Output> {
        let this = self.project();
        this.want.poll(this.waiter.as_ref(), cx.waker())
    }
}
