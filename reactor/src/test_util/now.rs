//! What time it is, where it may be virtual. It takes the place of `time/now.rs`.
//!
//! On virtual time nobody sleeps until a deadline: when nothing else can run, it is that time now.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// One thread's clock.
#[derive(Debug)]
pub(crate) struct Now {
    /// The time, while it is virtual.
    pub(crate) virtual_now: Cell<Option<Instant>>,
    /// How many guards keep virtual time from jumping.
    pub(crate) holds: Cell<usize>,
}

impl Now {
    pub(crate) const fn new() -> Now {
        Now { virtual_now: Cell::new(None), holds: Cell::new(0) }
    }

    pub(crate) fn get(&self) -> Instant {
        self.virtual_now.get().unwrap_or_else(Instant::now)
    }

    /// How long a wait may be, if the next deadline is so far away.
    pub(crate) fn timeout(&self, next: Option<Duration>) -> Option<Duration> {
        match self.virtual_now.get() {
            None => next,
            Some(_) if self.holds.get() > 0 => None,
            Some(_) => next.map(|_| Duration::ZERO),
        }
    }

    /// Nothing has happened in a wait, and nothing can run: virtual time jumps to the next
    /// deadline.
    pub(crate) fn idle(&self, next: Option<Duration>) {
        if let (Some(now), Some(next), 0) = (self.virtual_now.get(), next, self.holds.get()) {
            self.virtual_now.set(now.checked_add(next).or(Some(now)));
        }
    }
}
