//! [`block_on`]: [`block_on_with`](crate::block_on_with) for threads.

use core::cell::Cell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::thread::{self, Thread};

/// Polls `future` until it is ready; the thread sleeps in between.
///
/// It knows of no timers and no sockets: for these, block on the future with a reactor. Calls may
/// be nested.
///
/// ```
/// assert_eq!(wakeful_executor::block_on(async { 6 * 7 }), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // A nested call finds the thread's token taken out and makes one of its own.
    let token = TOKEN
        .try_with(Cell::take)
        .ok()
        .flatten()
        .unwrap_or_else(Token::new);
    let mut cx = Context::from_waker(&token.waker);
    let output = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            break output;
        }
        token.unparker.wait();
    };
    // With the thread's locals gone, it is dropped instead.
    let _ = TOKEN.try_with(|cell| cell.set(Some(token)));
    output
}

std::thread_local! {
    static TOKEN: Cell<Option<Token>> = const { Cell::new(None) };
}

/// A thread's token and the waker that leaves it.
struct Token {
    unparker: Arc<Unparker>,
    waker: Waker,
}

impl Token {
    fn new() -> Self {
        let unparker = Arc::new(Unparker {
            is_set: AtomicBool::new(false),
            thread: thread::current(),
        });
        Self {
            waker: Waker::from(unparker.clone()),
            unparker,
        }
    }
}

struct Unparker {
    is_set: AtomicBool,
    thread: Thread,
}

impl Unparker {
    /// Waits for the token and takes it. The flag is the token; `thread::park` may return early,
    /// and other code on this thread may use it too.
    fn wait(&self) {
        // Acquire: pairs with the release in `wake_by_ref`.
        while !self.is_set.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
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
