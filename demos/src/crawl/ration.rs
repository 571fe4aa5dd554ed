//! What a page may use: memory, which it shares with all others, and time.
//!
//! Bodies under way may hold so many bytes together. A page that needs more waits until it is the
//! only one beyond the limit, so that there is always one that can go on, and all together hold at
//! most the limit and one page more. The time for which a page waits for its turn, here or for a
//! descriptor or a server's pause, does not count as the server's.

use super::failure::{Failure, Fetch};
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};
use wakeful_executor::sync::Semaphore;
use wakeful_reactor::timeout;

/// The memory that the pages under way share.
pub struct Memory {
    limit: usize,
    held: Cell<usize>,
    /// Held by the one page that may go beyond the limit.
    beyond: Semaphore,
}

impl Memory {
    pub fn new(limit: usize) -> Self {
        Memory { limit, held: Cell::new(0), beyond: Semaphore::new(1) }
    }
}

/// One page's part. Dropping it gives the memory back.
pub struct Ration {
    memory: Rc<Memory>,
    held: Cell<usize>,
    is_beyond: Cell<bool>,
    patience: Duration,
    /// How long the page has waited for its turn, and since when it does.
    waited: Cell<Duration>,
    since: Cell<Option<Instant>>,
}

impl Ration {
    pub fn new(memory: Rc<Memory>, patience: Duration) -> Self {
        let (held, is_beyond) = Default::default();
        let (waited, since) = Default::default();
        Ration { memory, held, is_beyond, patience, waited, since }
    }

    /// What `work` gives in the time that is left after what was `spent`.
    pub async fn within<T>(
        &self,
        spent: Duration,
        work: impl Future<Output = Fetch<T>>,
    ) -> Fetch<T> {
        let mut work = pin!(work);
        let mut left = self.patience.saturating_sub(spent);
        loop {
            let before = self.waited();
            if let Ok(result) = timeout(left, work.as_mut()).await {
                return result;
            }
            left = self.waited() - before;
            if left.is_zero() {
                return Err(Failure::Timeout(self.patience));
            }
        }
    }

    /// Holds so many bytes from now on; waits for its turn if there are none.
    ///
    /// # Cancellation
    /// It holds what it held before.
    pub async fn hold(&self, bytes: usize) {
        let others = self.memory.held.get() - self.held.get();
        if others + bytes > self.memory.limit && !self.is_beyond.get() && bytes > self.held.get() {
            self.turn(self.memory.beyond.acquire()).await.forget();
            self.is_beyond.set(true);
        }
        let others = self.memory.held.get() - self.held.replace(bytes);
        self.memory.held.set(others + bytes);
    }

    /// Waits for a turn, off the clock.
    pub async fn turn<F: Future>(&self, turn: F) -> F::Output {
        self.since.set(Some(Instant::now()));
        let turn = turn.await;
        self.waited.set(self.waited());
        self.since.set(None);
        turn
    }

    fn waited(&self) -> Duration {
        let now = self.since.get().map_or(Duration::ZERO, |since| since.elapsed());
        self.waited.get() + now
    }
}

impl Drop for Ration {
    fn drop(&mut self) {
        self.memory.held.set(self.memory.held.get() - self.held.get());
        if self.is_beyond.get() {
            self.memory.beyond.release(1);
        }
    }
}
