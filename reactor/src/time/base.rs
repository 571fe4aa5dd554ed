//! What deadlines count from.
//!
//! Inside the reactor an instant is a **deadline**: nanoseconds since the epoch, which is the
//! thread's first look at the clock, in an `i64`. That is 292 years both ways, saturating, so that
//! deadlines far away or long past are as good as any.

use super::now::Now;
use std::cell::{Cell, OnceCell};
use std::time::{Duration, Instant};

/// One thread's time.
#[derive(Debug)]
pub(crate) struct TimeBase {
    pub(crate) now: Now,
    epoch: OnceCell<Instant>,
    /// How late timers may be, so that the wakes of several become one.
    pub(crate) slack: Cell<Duration>,
}

impl TimeBase {
    pub(crate) const fn new() -> TimeBase {
        TimeBase { now: Now::new(), epoch: OnceCell::new(), slack: Cell::new(Duration::ZERO) }
    }

    /// An instant as a deadline.
    pub(crate) fn deadline(&self, when: Instant) -> i64 {
        let epoch = *self.epoch.get_or_init(|| self.now.get());
        let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
        match when.checked_duration_since(epoch) {
            Some(after) => nanos(after),
            None => -nanos(epoch.saturating_duration_since(when)),
        }
    }

    /// How long a wait may be, if the next deadline is so far away.
    pub(crate) fn timeout(&self, next: Option<Duration>) -> Option<Duration> {
        let slack = self.slack.get();
        self.now.timeout(next.map(|next| next.saturating_add(slack)))
    }
}
