//! The thread's clock, for those who use timers.

use crate::reactor;
use std::time::{Duration, Instant};

/// The thread's clock, the one that [`Timer`](crate::Timer) runs on.
///
/// It is the system's monotonic clock, unless a test has made it virtual (`Clock::virtual_time`,
/// feature `test-util`).
///
/// ```
/// use std::time::Duration;
/// use wakeful_reactor::{Clock, block_on, sleep};
///
/// let before = Clock::now();
/// block_on(sleep(Duration::from_millis(1)));
/// assert!(Clock::now() - before >= Duration::from_millis(1));
/// ```
#[derive(Debug)]
pub struct Clock(());

impl Clock {
    /// What time it is on this thread.
    pub fn now() -> Instant {
        reactor::try_with(|reactor| reactor.time.now.get()).unwrap_or_else(Instant::now)
    }

    /// How late timers of this thread may be so that the wakes of several become one: zero, unless
    /// set.
    pub fn slack() -> Duration {
        reactor::try_with(|reactor| reactor.time.slack.get()).unwrap_or_default()
    }

    /// Sets the slack. With a slack of one millisecond a thread that has thousands of timers a
    /// second wakes a thousand times a second at most; no timer is early, and each is late by the
    /// slack at most (besides what the system adds).
    pub fn set_slack(slack: Duration) {
        reactor::try_with(|reactor| reactor.time.slack.set(slack));
    }
}
