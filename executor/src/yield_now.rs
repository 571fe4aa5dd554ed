//! [`yield_now`]: let the other tasks run.

use core::future::{Future, poll_fn};
use core::mem::replace;
use core::task::Poll;

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
pub fn yield_now() -> impl Future<Output = ()> {
    let mut has_yielded = false;
    poll_fn(move |cx| {
        if replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
