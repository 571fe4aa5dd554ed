//! What a workload asks of a backend, in four small traits: run and start tasks, spawn with a join
//! handle, sleep, and talk TCP. A backend implements as many as it has the means for.
//!
//! Workloads are generic over these traits, so every backend runs the same futures. Nothing here
//! costs a call that the backend's own user would not make.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// Runs futures as tasks on one thread.
pub trait Backend: Clone + 'static {
    /// Runs `main` to its end, and the tasks that it starts beside it.
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F);

    /// Starts `count` tasks that nobody joins. They tell their end through [`Countdown`].
    fn start<F: Future<Output = ()> + 'static>(&self, count: usize, make: impl FnMut(usize) -> F);

    /// Starts one such task.
    fn start_one<F: Future<Output = ()> + 'static>(&self, future: F) {
        let mut future = Some(future);
        self.start(1, |_| future.take().expect("one is made"));
    }
}

/// Spawns a task whose value its handle gives back.
pub trait Spawn: Backend {
    /// The join handle.
    type Join<T: 'static>: Future<Output = T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Self::Join<F::Output>;
}

/// Sleeps.
pub trait Clock: Backend {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static;
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + 'static;
}

/// Talks TCP. Streams come with `TCP_NODELAY` off, as the system makes them.
#[allow(async_fn_in_trait)]
pub trait Net: Backend {
    type Listener: 'static;
    type Stream: 'static;

    fn listen(&self, listener: std::net::TcpListener) -> io::Result<Self::Listener>;
    async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream>;
    async fn connect(&self, to: SocketAddr) -> io::Result<Self::Stream>;

    /// Reads some bytes; none at the end of the stream.
    fn read<'a>(
        stream: &'a mut Self::Stream,
        buffer: &'a mut [u8],
    ) -> impl Future<Output = io::Result<usize>> + 'a;

    /// Writes all bytes.
    fn write_all<'a>(
        stream: &'a mut Self::Stream,
        bytes: &'a [u8],
    ) -> impl Future<Output = io::Result<()>> + 'a;
}

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(0) };
    static WAITING: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// How many tasks are still to end: one number on the thread, so that a task's future carries
/// nothing for it and tasks weigh what they weigh.
pub struct Countdown;

impl Countdown {
    pub fn set(count: usize) {
        LEFT.set(count);
    }

    /// One task has ended; the last one wakes whoever waits.
    pub fn done() {
        let left = LEFT.get().saturating_sub(1);
        LEFT.set(left);
        if left == 0
            && let Some(waker) = WAITING.take()
        {
            waker.wake();
        }
    }

    pub fn is_over() -> bool {
        LEFT.get() == 0
    }

    /// Ends when every counted task has.
    pub fn over() -> impl Future<Output = ()> {
        poll_fn(|cx| {
            if Self::is_over() {
                return Poll::Ready(());
            }
            WAITING.set(Some(cx.waker().clone()));
            Poll::Pending
        })
    }
}

/// Gives way once: wakes its own task and is pending. The same for every backend, because their
/// own `yield_now` differ in what they do besides.
pub fn give_way() -> impl Future<Output = ()> {
    let mut gave = false;
    poll_fn(move |cx| {
        if gave {
            return Poll::Ready(());
        }
        gave = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
