//! [`block_on`]: [`block_on_with`](crate::block_on_with) for threads.

use core::future::Future;
use core::task::Waker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::thread::{self, Thread};

use crate::park::poll_and_park;

/// Polls `future` until it is ready; the thread sleeps in between.
///
/// It knows of no timers and no sockets: for these, block on the future with a reactor. Calls may
/// be nested.
///
/// ```
/// assert_eq!(wakeful_executor::block_on(async { 6 * 7 }), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let unparker = Arc::new(Unparker { is_set: AtomicBool::new(false), thread: thread::current() });
    poll_and_park(future, &Waker::from(unparker.clone()), || {
        // Acquire: pairs with the release in `wake_by_ref`. `thread::park` may return early, and other
        // code on this thread may use it too, so the flag decides.
        while !unparker.is_set.swap(false, Ordering::Acquire) {
            thread::park();
        }
    })
}

struct Unparker {
    is_set: AtomicBool,
    thread: Thread,
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_set.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}
