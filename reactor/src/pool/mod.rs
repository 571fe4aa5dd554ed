//! Blocking work on other threads, awaited from this one.
//!
//! Some calls block and have no other form: files, `getaddrinfo`, a long computation, a library
//! that knows no futures. A [`ThreadPool`] runs them on threads of its own. The caller gets a
//! [`Job`], a future of the closure's result. asyncio calls this `run_in_executor`. [`unblock`] is
//! the short form, on one pool that the whole process shares (`unblock.rs`).
//!
//! Nothing here touches the reactor: a job wakes its awaiting task by core's `Waker`, so it can be
//! awaited under any executor. The files: this one is what the user sees, `queue` the threads and
//! what waits for them, `job` the result on its way back.
//!
//! # Invariants
//!
//! * **Served**: while the queue is not empty, the pool has a thread. A job is queued only when the
//!   pool has one, and a thread leaves only when it has seen, under the lock, that the queue is
//!   empty.
//! * **Woken**: a result is stored and the awaiting task's waker taken under one lock, and the task
//!   looks for the result and stores its waker under the same lock. So there is no moment in which
//!   the result is there and the task is not woken.
//! * **Alone**: no closure, waker or destructor of the user's runs while a lock of the pool is
//!   held.

mod job;
mod queue;
mod resolve;
mod unblock;

use std::sync::Arc;
use std::{error::Error, fmt, io, time::Duration};

pub use job::{Job, Panicked};
use queue::{Admission, Shared};
pub use resolve::resolve;
pub use unblock::{Unblock, unblock};

/// A bounded pool of named threads for closures that block.
///
/// Threads are started when there is work for them, never more than the number given to
/// [`new`](ThreadPool::new), and then stay until [`shutdown`](ThreadPool::shutdown) or a drop. Jobs
/// start in the order in which they were handed in. The pool is `Send` and `Sync`; share it by
/// reference or in an `Arc`.
///
/// Dropping the pool does not wait: it takes no more jobs, those already queued still run, and the
/// threads end after the last. [`shutdown`](ThreadPool::shutdown) does the same and waits.
///
/// # Examples
///
/// ```
/// use wakeful_reactor::{ThreadPool, block_on};
///
/// let pool = ThreadPool::new(2).name("adder");
/// let sum = pool.run(|| (1..=100u64).sum::<u64>())?;
/// assert_eq!(block_on(sum)?, 5050);
/// pool.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ThreadPool {
    shared: Arc<Shared>,
}

impl ThreadPool {
    /// Makes a pool of at most `threads` threads, with no limit to its queue. It starts none yet.
    ///
    /// # Panics
    ///
    /// If `threads` is zero: no job would ever run.
    #[must_use]
    pub fn new(threads: usize) -> ThreadPool {
        assert!(threads > 0, "ThreadPool::new(0): a pool needs at least one thread");
        ThreadPool { shared: Arc::new(Shared::new(threads)) }
    }

    /// Sets how many jobs may wait for a thread; running ones do not count. One more is refused.
    ///
    /// With a limit of 0 a job is accepted only if a thread is free or can be started for it.
    ///
    /// # Panics
    ///
    /// If the pool has been given a job already: the limit is part of making it.
    #[must_use]
    pub fn queue_limit(self, limit: usize) -> ThreadPool {
        self.configured(|shared| shared.queue_limit = limit)
    }

    /// Names the threads `name-1`, `name-2`, and so on. Linux shows the first 15 bytes.
    ///
    /// # Panics
    ///
    /// If the name contains a NUL byte, or the pool has been given a job already.
    #[must_use]
    pub fn name(self, name: &str) -> ThreadPool {
        assert!(!name.contains('\0'), "ThreadPool::name: a thread's name has no NUL byte");
        self.configured(|shared| shared.name = name.to_owned())
    }

    /// Lets a thread end after it has had no job for `timeout`. Without this, threads stay.
    ///
    /// # Panics
    ///
    /// If the pool has been given a job already.
    #[must_use]
    pub fn idle_timeout(self, timeout: Duration) -> ThreadPool {
        self.configured(|shared| shared.idle_timeout = Some(timeout))
    }

    /// Hands `f` to the pool, which starts it on the next free thread, awaited or not.
    ///
    /// # Errors
    ///
    /// A [`Refused`] with the closure in it, when the queue is full, `shutdown` was called, or
    /// there is no thread: the system refuses the first, or this is a forked child, where no pool
    /// of its parent's works.
    pub fn run<F, T>(&self, f: F) -> Result<Job<T>, Refused<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let Some(mut queue) = self.shared.lock() else {
            let why = "this process was forked from the one that has the pool's threads";
            return Err(Refused::NoThread(f, io::Error::other(why)));
        };
        match self.shared.admit(&mut queue) {
            Admission::Granted => {}
            Admission::Closed => return Err(Refused::ShutDown(f)),
            Admission::Full => return Err(Refused::Full(f)),
            Admission::NoThread(error) => return Err(Refused::NoThread(f, error)),
        }
        let (slot, work) = job::pair(f);
        let number = queue.push(work);
        drop(queue);
        self.shared.work.notify_one();
        Ok(Job::new(slot, Arc::clone(&self.shared), number))
    }

    /// How many threads the pool has now, busy and idle.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.shared.lock().map_or(0, |queue| queue.threads)
    }

    /// How many jobs wait for a thread now.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.lock().map_or(0, |queue| queue.queued())
    }

    /// Takes no more jobs, runs those that are queued, and waits until every thread has ended.
    ///
    /// It may be called any number of times and by several threads; each waits. It blocks the
    /// calling thread; under an executor hand it to another: `unblock(move || pool.shutdown())`.
    /// A job that calls it on its own pool closes the pool and does not wait: it would wait for
    /// itself.
    pub fn shutdown(&self) {
        self.shared.close();
        self.shared.join();
    }

    /// Changes a setting. Until the first job no thread shares the pool's insides.
    fn configured(mut self, change: impl FnOnce(&mut Shared)) -> ThreadPool {
        let Some(shared) = Arc::get_mut(&mut self.shared) else {
            panic!("a ThreadPool is configured before its first job");
        };
        change(shared);
        self
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("name", &self.shared.name)
            .field("threads", &self.threads())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

/// Why a [`ThreadPool`] did not take a closure, and the closure.
pub enum Refused<F> {
    /// As many jobs wait as [`queue_limit`](ThreadPool::queue_limit) allows.
    Full(F),
    /// [`shutdown`](ThreadPool::shutdown) was called.
    ShutDown(F),
    /// The pool has no thread, and the system refused to start one; or its threads are in the
    /// process that this one was forked from.
    NoThread(F, io::Error),
}

impl<F> Refused<F> {
    /// The closure that was not run.
    pub fn into_inner(self) -> F {
        match self {
            Refused::Full(f) | Refused::ShutDown(f) | Refused::NoThread(f, _) => f,
        }
    }
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full(_) => f.write_str("Full(..)"),
            Refused::ShutDown(_) => f.write_str("ShutDown(..)"),
            Refused::NoThread(_, error) => write!(f, "NoThread(.., {error:?})"),
        }
    }
}

impl<F> fmt::Display for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full(_) => f.write_str("the thread pool's queue is full"),
            Refused::ShutDown(_) => f.write_str("the thread pool is closed"),
            Refused::NoThread(_, error) => {
                write!(f, "the thread pool could not start its first thread: {error}")
            }
        }
    }
}

impl<F> Error for Refused<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Refused::NoThread(_, error) => Some(error),
            Refused::Full(_) | Refused::ShutDown(_) => None,
        }
    }
}
