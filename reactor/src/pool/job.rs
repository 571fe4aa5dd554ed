//! A job's result on its way from the pool's thread to the awaiting task.
//!
//! The thread and the future share one [`Slot`]: the thread fills it once, the future empties it
//! once. No wake is lost: the task looks for the result and stores its waker under the slot's lock,
//! and the thread stores the result and takes the waker under the same lock. Whichever is second
//! finds what the first left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{any::Any, error::Error, fmt, mem, pin::Pin};

use super::queue::{Shared, Work};

/// What the closure came to: its value, or what it panicked with.
type Outcome<T> = Result<T, Panicked>;

/// The place of a result.
pub(super) struct Slot<T>(Mutex<State<T>>);

enum State<T> {
    /// No result yet; the waker of the task that awaits it, once it was polled.
    Waiting(Option<Waker>),
    /// The result, not yet taken.
    Filled(Outcome<T>),
    /// The future has returned it, or is gone; a result that comes now is dropped.
    Taken,
}

/// Makes a slot, and the work that runs `f` and fills it.
pub(super) fn pair<F, T>(f: F) -> (Arc<Slot<T>>, Work)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let slot = Arc::new(Slot(Mutex::new(State::Waiting(None))));
    let to_fill = Arc::clone(&slot);
    let work = Box::new(move |pool: &Shared| {
        // The closure is consumed, so nobody can see it broken by the panic it threw.
        let outcome = catch_unwind(AssertUnwindSafe(f)).map_err(Panicked::new);
        pool.rest();
        to_fill.fill(outcome);
    });
    (slot, work)
}

impl<T> Slot<T> {
    /// No user code runs under this lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, outcome: Outcome<T>) {
        let before = {
            let mut state = self.lock();
            match *state {
                State::Waiting(_) => mem::replace(&mut *state, State::Filled(outcome)),
                // Nobody wants it: it is dropped below, without the lock.
                State::Filled(_) | State::Taken => State::Filled(outcome),
            }
        };
        if let State::Waiting(Some(waker)) = before {
            waker.wake();
        }
    }

    /// The future is dropped: so are its waker or its result, here and not on the thread.
    fn abandon(&self) {
        let left = mem::replace(&mut *self.lock(), State::Taken);
        drop(left);
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        // Cloned before the lock, as its clone is foreign code; the old one is dropped after it.
        let mine = cx.waker().clone();
        let mut state = self.lock();
        let old = match &mut *state {
            State::Waiting(waker) => waker.replace(mine),
            State::Filled(_) => match mem::replace(&mut *state, State::Taken) {
                State::Filled(outcome) => return Poll::Ready(outcome),
                State::Waiting(_) | State::Taken => None,
            },
            State::Taken => {
                drop(state);
                panic!("a pool's job was polled after it had completed");
            }
        };
        drop(state);
        drop(old);
        Poll::Pending
    }
}

/// A closure given to a [`ThreadPool`](crate::ThreadPool): the future of its value, or of its
/// panic.
///
/// The output is `Result<T, Panicked>`: a closure that panics hurts neither the pool nor the task
/// that awaits it, which learns of it as an error.
///
/// # Cancellation
///
/// Dropping the future before the closure has started takes the closure out of the queue and drops
/// it; it never runs. A closure that runs cannot be stopped: it goes on to its end on its thread,
/// and its value is dropped there. Either way the task's waker is given up at once. Polling it
/// again after it has completed panics.
#[must_use = "a job that is dropped before it starts is cancelled; await it or `detach` it"]
pub struct Job<T> {
    slot: Arc<Slot<T>>,
    number: u64,
    /// Where to cancel; `None` once detached.
    pool: Option<Arc<Shared>>,
}

impl<T> Job<T> {
    pub(super) fn new(slot: Arc<Slot<T>>, pool: Arc<Shared>, number: u64) -> Job<T> {
        Job { slot, number, pool: Some(pool) }
    }

    /// Lets the closure run though nobody awaits it. Its value, or its panic, is dropped.
    pub fn detach(mut self) {
        self.pool = None;
    }

    /// Whether the closure has ended, so that awaiting the job takes no time.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        !matches!(*self.slot.lock(), State::Waiting(_))
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, Panicked>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.slot.poll(cx)
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            // The closure is dropped here, after `cancel` has released the lock.
            drop(pool.cancel(self.number));
        }
        self.slot.abandon();
    }
}

impl<T> fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("number", &self.number)
            .field("finished", &self.is_finished())
            .finish()
    }
}

/// The error of a [`Job`] whose closure panicked on its thread: the panic's message, and its
/// payload.
#[derive(Debug)]
pub struct Panicked {
    message: Option<String>,
    /// In a mutex only so that the error is `Sync`, as errors must be to travel in `io::Error`.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panicked {
    fn new(payload: Box<dyn Any + Send>) -> Panicked {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => Some((*text).to_owned()),
            None => payload.downcast_ref::<String>().cloned(),
        };
        Panicked { message, payload: Mutex::new(payload) }
    }

    /// The panic's message, unless it was thrown with a payload that is no string.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What was thrown, for `std::panic::resume_unwind`.
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "a thread pool's job panicked: {message}"),
            None => f.write_str("a thread pool's job panicked"),
        }
    }
}

impl Error for Panicked {}
