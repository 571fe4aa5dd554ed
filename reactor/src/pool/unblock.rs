//! `unblock`: the short form, on one pool that the whole process shares.

use super::{Job, ThreadPool};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{sync::OnceLock, time::Duration};

/// The most threads that [`unblock`] has at once. They mostly wait for a disk or a name server, so
/// there may be many more of them than cores; more than 64 do not make a disk faster.
const SHARED_THREADS: usize = 64;

/// How long a thread of the shared pool stays without work.
const SHARED_IDLE: Duration = Duration::from_secs(5);

/// The future of [`unblock`](crate::unblock): gives the closure's value, and panics if it panicked.
///
/// # Cancellation
///
/// As for [`Job`]: dropped before its closure has started, the closure never runs; dropped later,
/// the closure goes on to its end and its value is dropped.
#[must_use = "a closure whose future is dropped may never run; await it or `detach` it"]
#[derive(Debug)]
pub struct Unblock<T> {
    job: Job<T>,
}

impl<T> Unblock<T> {
    /// Lets the closure run though nobody awaits it. Its value, or its panic, is dropped.
    pub fn detach(self) {
        self.job.detach();
    }

    /// Whether the closure has ended, so that awaiting it takes no time.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.job.is_finished()
    }
}

impl<T> Future for Unblock<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.get_mut().job).poll(cx).map(|outcome| {
            outcome.unwrap_or_else(|panicked| resume_unwind(panicked.into_payload()))
        })
    }
}

/// Runs a closure that blocks on a thread of the pool that the process shares, and gives its value.
///
/// The closure is handed over when `unblock` is called, not when the future is first polled. The
/// pool has at most 64 threads, named `unblock-1` and so on, started when needed and ended after
/// 5 seconds without work; what comes while all are busy waits its turn, in order. There is no
/// queue limit, as each waiting closure belongs to a future that someone holds: for work that the
/// world can ask for without bound, use a [`ThreadPool`] with a limit.
///
/// # Panics
///
/// Awaiting it panics with the closure's own payload if the closure panicked. `unblock` itself
/// panics, as `std::thread::spawn` does, when the system refuses to start the pool's first thread,
/// and in a forked child whose parent has used the pool.
///
/// # Virtual time
///
/// A reactor on virtual time (feature `test-util`) does not see the closure run, and jumps to its
/// next deadline meanwhile; `Clock::hold` keeps it.
///
/// # Cancellation
///
/// Dropping the future before the closure has started drops the closure, which then never runs. A
/// closure that runs cannot be stopped: it goes on to its end, and its value is dropped there.
/// [`Unblock::detach`] lets it run without a future.
///
/// # Examples
///
/// ```
/// # wakeful_reactor::block_on(async {
/// let manifest = wakeful_reactor::unblock(|| std::fs::read_to_string("Cargo.toml")).await;
/// assert!(manifest.is_ok_and(|text| text.contains("wakeful-reactor")));
/// # });
/// ```
pub fn unblock<F, T>(f: F) -> Unblock<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match shared().run(f) {
        Ok(job) => Unblock { job },
        Err(refused) => panic!("unblock: {refused}"),
    }
}

/// The pool of [`unblock`], made when it is first asked for. It has no queue limit and is never
/// closed, so it refuses a job only if its first thread cannot be started.
pub(super) fn shared() -> &'static ThreadPool {
    static SHARED: OnceLock<ThreadPool> = OnceLock::new();
    SHARED.get_or_init(|| ThreadPool::new(SHARED_THREADS).name("unblock").idle_timeout(SHARED_IDLE))
}
