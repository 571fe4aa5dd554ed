//! The futures that wait for a [`TimerQueue`](super::TimerQueue).

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Queue;
use super::slot::Slot;

/// All slots of a [`TimerQueue`](super::TimerQueue) are in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimersFull;

/// Why a [`Timeout`] ended without the result of its future. See
/// [`TimerQueue::timeout`](super::TimerQueue::timeout) for an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeoutError {
    /// The deadline came first.
    Elapsed,
    /// The future was not ready at once, and all slots of the queue are in use.
    Full,
}

impl fmt::Display for TimersFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all slots of the timer queue are in use")
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed => f.write_str("the deadline has passed"),
            Self::Full => TimersFull.fmt(f),
        }
    }
}

impl core::error::Error for TimersFull {}
impl core::error::Error for TimeoutError {}

/// The future of [`TimerQueue::sleep_until`](super::TimerQueue::sleep_until).
#[must_use = "futures do nothing unless polled"]
pub struct Sleep<'a> {
    pub(super) queue: &'a Queue,
    pub(super) deadline: u64,
    /// The slot that it owns, from its first poll until its end.
    pub(super) slot: Option<&'a Slot>,
}

impl Sleep<'_> {
    /// The tick that it waits for.
    pub fn deadline(&self) -> u64 {
        self.deadline
    }
}

impl Future for Sleep<'_> {
    type Output = Result<(), TimersFull>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.slot {
            Some(slot) if slot.keep(cx.waker()) => Poll::Pending,
            Some(slot) => {
                self.slot = None;
                slot.leave();
                Poll::Ready(Ok(()))
            }
            None => {
                self.slot = self.queue.arm(self.deadline, cx.waker().clone());
                if self.slot.is_some() { Poll::Pending } else { Poll::Ready(Err(TimersFull)) }
            }
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            slot.leave();
        }
    }
}

pin_project! {
    /// The future of [`TimerQueue::timeout`](super::TimerQueue::timeout).
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<'a, F> {
        pub(super) sleep: Sleep<'a>,
        #[pin]
        pub(super) future: F,
    }
}

impl<F: Future> Future for Timeout<'_, F> {
    type Output = Result<F::Output, TimeoutError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(this.sleep).poll(cx).map(|slept| match slept {
            Ok(()) => Err(TimeoutError::Elapsed),
            Err(TimersFull) => Err(TimeoutError::Full),
        })
    }
}
