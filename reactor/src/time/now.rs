//! What time it is: what the system says. With feature `test-util` a file with the same interface,
//! `test_util/now.rs`, takes this one's place, and time may be virtual.

use std::time::{Duration, Instant};

/// One thread's clock.
#[derive(Debug)]
pub(crate) struct Now;

#[expect(clippy::unused_self, reason = "virtual time needs it")]
impl Now {
    pub(crate) const fn new() -> Now {
        Now
    }

    pub(crate) fn get(&self) -> Instant {
        Instant::now()
    }

    /// How long a wait may be, if the next deadline is so far away.
    pub(crate) fn timeout(&self, next: Option<Duration>) -> Option<Duration> {
        next
    }

    /// Nothing has happened in a wait, and nothing can run.
    pub(crate) fn idle(&self, _next: Option<Duration>) {}
}
