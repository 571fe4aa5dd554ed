//! What deadlines count from.
//!
//! Inside the reactor an instant is a **deadline**: nanoseconds since the epoch, which is the
//! thread's first look at the clock, in an `i64`. That is 292 years both ways, saturating, so that
//! deadlines far away or long past are as good as any.

use super::now::Now;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// One thread's time.
#[derive(Debug)]
pub(crate) struct TimeBase {
    pub(crate) now: Now,
    epoch: Cell<Option<Instant>>,
    /// How late timers may be, so that the wakes of several become one.
    pub(crate) slack: Cell<Duration>,
}

impl TimeBase {
    pub(crate) const fn new() -> TimeBase {
        TimeBase {
            now: Now::new(),
            epoch: Cell::new(None),
            slack: Cell::new(Duration::ZERO),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    fn epoch(&self) -> Instant {
        self.epoch.get().unwrap_or_else(|| {
            let epoch = self.now();
            self.epoch.set(Some(epoch));
            epoch
        })
    }

    /// An instant as a deadline.
    pub(crate) fn deadline(&self, when: Instant) -> i64 {
        let epoch = self.epoch();
        let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
        match when.checked_duration_since(epoch) {
            Some(after) => nanos(after),
            None => -nanos(epoch.saturating_duration_since(when)),
        }
    }

    pub(crate) fn now_as_deadline(&self) -> i64 {
        self.deadline(self.now())
    }

    /// How long it is to a deadline; negative is nothing.
    pub(crate) fn until(&self, deadline: i64, now: i64) -> Duration {
        let left = deadline.saturating_sub(now);
        Duration::from_nanos(u64::try_from(left).unwrap_or(0))
    }

    /// How long a wait may be, if the next deadline is so far away.
    pub(crate) fn timeout(&self, next: Option<Duration>) -> Option<Duration> {
        self.now.timeout(next.map(|next| match next {
            Duration::ZERO => next,
            _ => next.saturating_add(self.slack.get()),
        }))
    }
}
