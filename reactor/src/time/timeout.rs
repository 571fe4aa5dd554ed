//! `timeout`: a future with a deadline.

use super::Timer;
use pin_project_lite::pin_project;
use std::task::{Context, Poll};
use std::{error::Error, fmt, io, pin::Pin, time::Duration};

/// Bounds a future: its output, or [`TimedOut`] if it has none when the duration, counted from now,
/// is over.
///
/// The future is polled first, so one that is ready is never late. `?` turns [`TimedOut`] into an
/// `io::Error` of the kind [`TimedOut`](io::ErrorKind::TimedOut).
///
/// # Cancellation
///
/// When the time is over, and when the timeout itself is dropped, the future is dropped with it.
///
/// ```
/// use std::time::Duration;
/// use wakeful_reactor::{block_on, sleep, timeout};
///
/// block_on(async {
///     assert_eq!(timeout(Duration::from_secs(5), async { 7 }).await, Ok(7));
///     assert!(timeout(Duration::from_millis(1), sleep(Duration::from_secs(5))).await.is_err());
/// });
/// ```
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    Timeout { future, timer: Timer::after(duration) }
}

pin_project! {
    /// A future with a deadline: see [`timeout`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        timer: Timer,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        this.timer.poll_due(cx, false).map(|_| Err(TimedOut(())))
    }
}

/// The time of a [`timeout`] is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut(());

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is over")
    }
}

impl Error for TimedOut {}

impl From<TimedOut> for io::Error {
    fn from(timed_out: TimedOut) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, timed_out)
    }
}
