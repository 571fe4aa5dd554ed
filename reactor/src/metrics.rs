//! What the reactor counts.

use crate::reactor;
use std::cell::Cell;

/// A count of one thread.
#[derive(Debug)]
pub(crate) struct Counter(Cell<u64>);

impl Counter {
    const fn new() -> Counter {
        Counter(Cell::new(0))
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.set(self.0.get().wrapping_add(n));
    }
}

/// The counters inside the reactor.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) waits: Counter,
    pub(crate) events: Counter,
    pub(crate) wakes: Counter,
    pub(crate) timers_fired: Counter,
    pub(crate) registrations: Counter,
}

impl Counters {
    pub(crate) const fn new() -> Counters {
        Counters {
            waits: Counter::new(),
            events: Counter::new(),
            wakes: Counter::new(),
            timers_fired: Counter::new(),
            registrations: Counter::new(),
        }
    }
}

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
/// assert_eq!(after.rings, before.rings); // nobody had to be woken from outside
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Times the system was asked for events, sleeping or not.
    pub waits: u64,
    /// Events that it told of.
    pub events: u64,
    /// Wakers that were woken for events and timers.
    pub wakes: u64,
    /// System calls by which other threads ended a sleep.
    pub rings: u64,
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
    /// This thread's, now.
    pub fn now() -> Metrics {
        reactor::try_with(|reactor| {
            let counters = &reactor.counters;
            Metrics {
                waits: counters.waits.0.get(),
                events: counters.events.0.get(),
                wakes: counters.wakes.0.get(),
                rings: reactor.rings(),
                timers_fired: counters.timers_fired.0.get(),
                timers: reactor.armed_timers(),
                registrations: counters.registrations.0.get(),
                sources: reactor.sources().len(),
            }
        })
        .unwrap_or_default()
    }
}
