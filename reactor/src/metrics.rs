//! What the reactor counts.

/// What this thread's reactor has done so far, and what it holds.
///
/// Subtract two to know what happened between them. Counting costs an addition in memory that is at
/// hand.
///
/// ```
/// use std::time::Duration;
/// use wakeful_reactor::{Metrics, block_on, sleep};
///
/// let before = Metrics::now();
/// block_on(sleep(Duration::from_millis(1)));
/// let after = Metrics::now();
/// assert_eq!(after.timers_fired - before.timers_fired, 1);
/// assert_eq!(after.notifies, before.notifies); // nobody had to be woken from another thread
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Times the system was asked for events, sleeping or not.
    pub waits: u64,
    /// Events that it reported.
    pub events: u64,
    /// Wakers that were woken for events, for timers, and for sources that were dropped.
    pub wakes: u64,
    /// System calls by which other threads ended a wait.
    pub notifies: u64,
    /// Timers that came due.
    pub timers_fired: u64,
    /// Timers that are armed.
    pub timers: usize,
    /// Sources that were ever registered.
    pub registrations: u64,
    /// Sources that are registered.
    pub sources: usize,
}

impl Metrics {
    /// A thread that has done nothing.
    pub(crate) const ZERO: Metrics = Metrics {
        waits: 0,
        events: 0,
        wakes: 0,
        notifies: 0,
        timers_fired: 0,
        timers: 0,
        registrations: 0,
        sources: 0,
    };
}
