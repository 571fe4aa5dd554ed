//! [`yield_now`]: let the other tasks run.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Lets every other task that is ready run before this one goes on.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::{Executor, block_on, yield_now};
///
/// static EXECUTOR: Executor<2, 64> = Executor::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let other = local.spawn(async {}).expect("two slots");
/// block_on(local.run_until(async {
///     yield_now().await;
///     assert!(other.is_finished());
/// }));
/// # }
/// ```
///
/// # Cancellation
/// Dropping the future changes nothing: it holds nothing.
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
