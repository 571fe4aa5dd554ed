//! The pool's threads, and the queue of jobs that wait for one.
//!
//! Jobs are numbered as they come, and the queue is a map from number to closure. Its first entry
//! is the next to run. A job whose future is dropped is taken out of the middle by its number, so a
//! cancelled job neither runs, nor counts towards the limit, nor takes memory behind a busy thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::{collections::BTreeMap, io, time::Duration};

use crate::fork::ForkGuard;

/// Runs a closure, says by [`Shared::rest`] that it has ended, and stores its result.
pub(super) type Work = Box<dyn FnOnce(&Shared) + Send>;

/// What a pool's handle, its jobs and its threads share.
pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// There is work, or the pool closes: for threads.
    pub(super) work: Condvar,
    /// A thread has ended: for those who wait in [`Shared::join`].
    ended: Condvar,
    /// Where the threads are: a forked child has none of them, and perhaps a lock that nobody
    /// releases.
    fork_guard: ForkGuard,
    most_threads: usize,
    pub(super) queue_limit: usize,
    pub(super) name: String,
    pub(super) idle_timeout: Option<Duration>,
}

/// What the lock guards.
#[derive(Default)]
pub(super) struct Queue {
    jobs: BTreeMap<u64, Work>,
    next_number: u64,
    /// Of all threads that have not been joined.
    handles: Vec<JoinHandle<()>>,
    /// Threads that have not left their loop.
    pub(super) threads: usize,
    /// Those of them that run no closure. A thread that was notified of a job counts until it has
    /// taken one.
    idle: usize,
    /// How many were ever started: their names count on.
    started: u64,
    closing: bool,
}

/// What became of a request to queue one more job.
#[must_use]
pub(super) enum Admission {
    Granted,
    Full,
    Closed,
    NoThread(io::Error),
}

impl Queue {
    pub(super) fn push(&mut self, work: Work) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.jobs.insert(number, work);
        number
    }

    /// Jobs that no idle thread is about to take.
    pub(super) fn queued(&self) -> usize {
        self.jobs.len().saturating_sub(self.idle)
    }
}

impl Shared {
    pub(super) fn new(most_threads: usize) -> Shared {
        Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            ended: Condvar::new(),
            fork_guard: ForkGuard::new(),
            most_threads,
            queue_limit: usize::MAX,
            name: String::from("wakeful-pool"),
            idle_timeout: None,
        }
    }

    /// The queue, locked; `None` in a forked child, where the lock may be one that nobody releases.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, Queue>> {
        self.fork_guard.check().ok()?;
        // No user code runs under this lock (**Alone**), so no poisoned queue is half changed.
        Some(self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides whether one more job may be pushed, and starts a thread for it if need be
    /// (**Served**).
    pub(super) fn admit(self: &Arc<Self>, queue: &mut Queue) -> Admission {
        if queue.closing {
            return Admission::Closed;
        }
        // An idle thread is free only if there is no job that it is about to take: two jobs handed
        // in before the one idle thread awakes need two threads.
        let nobody_free = queue.jobs.len() >= queue.idle;
        if nobody_free && queue.threads < self.most_threads {
            match self.start_thread(queue) {
                Ok(()) => return Admission::Granted,
                Err(error) if queue.threads == 0 => return Admission::NoThread(error),
                // A pool that has a thread serves the job with that one, later.
                Err(_) => {}
            }
        }
        if nobody_free && queue.queued() >= self.queue_limit {
            return Admission::Full;
        }
        Admission::Granted
    }

    /// Takes a job that has not started out of the queue. The caller drops it, without the lock.
    pub(super) fn cancel(&self, number: u64) -> Option<Work> {
        self.lock()?.jobs.remove(&number)
    }

    /// No job is admitted from now on, and threads leave when the queue is empty.
    pub(super) fn close(&self) {
        if let Some(mut queue) = self.lock() {
            queue.closing = true;
            self.work.notify_all();
        }
    }

    /// Waits until all threads have ended, unless the caller is one of them.
    pub(super) fn join(&self) {
        let Some(mut queue) = self.lock() else { return };
        let me = thread::current().id();
        if queue.handles.iter().any(|handle| handle.thread().id() == me) {
            return;
        }
        while queue.threads > 0 {
            queue = self.ended.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let handles = std::mem::take(&mut queue.handles);
        drop(queue);
        for handle in handles {
            // A thread catches what its jobs throw, so it has no panic of its own to report.
            let _ = handle.join();
        }
    }

    fn start_thread(self: &Arc<Self>, queue: &mut Queue) -> io::Result<()> {
        let name = format!("{}-{}", self.name, queue.started + 1);
        let shared = Arc::clone(self);
        let handle = thread::Builder::new().name(name).spawn(move || shared.work())?;
        queue.handles.retain(|handle| !handle.is_finished());
        queue.handles.push(handle);
        queue.started += 1;
        queue.threads += 1;
        // It counts as idle: the job it was started for is pushed before the lock is released.
        queue.idle += 1;
        Ok(())
    }

    /// What a thread does until it ends.
    fn work(&self) {
        while let Some(work) = self.next() {
            // The work catches its closure's panic. What can still panic is the drop of a result
            // that nobody wanted, or a waker. The thread outlives both, and does not drop the
            // payload, whose drop could panic again.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(self))) {
                std::mem::forget(payload);
            }
        }
    }

    /// The calling thread's closure has ended. Noted before the awaiting task is woken, so that a
    /// task that hands in one job after the other keeps one thread busy and does not start a
    /// second.
    pub(super) fn rest(&self) {
        if let Some(mut queue) = self.lock() {
            queue.idle += 1;
        }
    }

    /// Waits for work; `None` if the calling thread is to end. It counts as idle on entry, and no
    /// longer on return.
    fn next(&self) -> Option<Work> {
        let mut queue = self.lock()?;
        loop {
            if let Some((_, work)) = queue.jobs.pop_first() {
                queue.idle -= 1;
                return Some(work);
            }
            if queue.closing {
                return self.leave(queue);
            }
            let Some(timeout) = self.idle_timeout else {
                queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (guard, waited) =
                self.work.wait_timeout(queue, timeout).unwrap_or_else(PoisonError::into_inner);
            queue = guard;
            if waited.timed_out() && queue.jobs.is_empty() {
                return self.leave(queue);
            }
        }
    }

    /// Ends the calling thread's part; the queue it saw empty is still locked (**Served**).
    fn leave(&self, mut queue: MutexGuard<'_, Queue>) -> Option<Work> {
        queue.idle -= 1;
        queue.threads -= 1;
        drop(queue);
        self.ended.notify_all();
        None
    }
}
