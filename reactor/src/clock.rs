//! The clock: real, or virtual for tests.
//!
//! Timers live on this clock. Inside the reactor an instant is a **deadline**: nanoseconds since
//! the epoch, which is the thread's first look at the clock, in an `i64`: 292 years both ways,
//! saturating, so that deadlines far away or long past are as good as any.

use crate::reactor;
use std::cell::Cell;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// One thread's time.
#[derive(Debug)]
pub(crate) struct Time {
    epoch: Cell<Option<Instant>>,
    /// The virtual now, while there is one.
    now: Cell<Option<Instant>>,
    /// Who keeps virtual time from jumping.
    holds: Cell<usize>,
    slack: Cell<Duration>,
}

impl Time {
    pub(crate) const fn new() -> Time {
        Time {
            epoch: Cell::new(None),
            now: Cell::new(None),
            holds: Cell::new(0),
            slack: Cell::new(Duration::ZERO),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now.get().unwrap_or_else(Instant::now)
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.now.get().is_some()
    }

    pub(crate) fn is_held(&self) -> bool {
        self.holds.get() > 0
    }

    fn epoch(&self) -> Instant {
        match self.epoch.get() {
            Some(epoch) => epoch,
            None => {
                let epoch = self.now();
                self.epoch.set(Some(epoch));
                epoch
            }
        }
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

    /// Now, as a deadline.
    pub(crate) fn nanos(&self) -> i64 {
        self.deadline(self.now())
    }

    /// How long a wait for a deadline may be, slack included.
    pub(crate) fn until(&self, deadline: i64, now: i64) -> Duration {
        let left = deadline.saturating_sub(now);
        Duration::from_nanos(u64::try_from(left).unwrap_or(0)).saturating_add(self.slack.get())
    }

    /// Virtual time only: it is `deadline` now, unless it is later.
    pub(crate) fn jump_to(&self, deadline: Option<i64>) {
        let (Some(now), Some(deadline)) = (self.now.get(), deadline) else {
            return;
        };
        let ahead = deadline.saturating_sub(self.deadline(now));
        let ahead = Duration::from_nanos(u64::try_from(ahead).unwrap_or(0));
        self.now.set(now.checked_add(ahead).or(Some(now)));
    }
}

/// The thread's clock, the one that [`Timer`](crate::Timer) runs on.
///
/// It is the system's monotonic clock, unless a test made it virtual. On virtual time nothing waits
/// for a timer: when no task can run and no event is there, the clock jumps to the next deadline. A
/// day of timeouts passes in no time, in deadline order, and the same each run.
///
/// ```
/// use std::time::{Duration, Instant};
/// use wakeful_reactor::{Clock, block_on, sleep};
///
/// let real = Instant::now();
/// let clock = Clock::virtual_time();
/// let before = Clock::now();
/// block_on(sleep(Duration::from_secs(86_400)));
/// assert_eq!(Clock::now() - before, Duration::from_secs(86_400));
/// drop(clock);
/// assert!(real.elapsed() < Duration::from_secs(60));
/// ```
#[derive(Debug)]
pub struct Clock(());

impl Clock {
    /// What time it is on this thread.
    pub fn now() -> Instant {
        reactor::try_with(|reactor| reactor.time.now()).unwrap_or_else(Instant::now)
    }

    /// Makes this thread's time virtual, beginning now, until the guard is dropped. A second guard
    /// shares the time of the first and must be dropped before it.
    pub fn virtual_time() -> VirtualClock {
        let before = reactor::try_with(|reactor| {
            let before = reactor.time.now.get();
            reactor.time.now.set(Some(reactor.time.now()));
            before
        });
        VirtualClock {
            was_virtual: before.flatten().is_some(),
            thread: PhantomData,
        }
    }

    /// Keeps virtual time from jumping while the guard lives: something that the reactor does not
    /// see is under way, such as work on another thread. On real time it does nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wakeful_reactor::{Clock, block_on, timeout, unblock};
    ///
    /// let _clock = Clock::virtual_time();
    /// let work = async {
    ///     let _hold = Clock::hold(); // or the timeout would be over at once
    ///     unblock(|| std::thread::sleep(Duration::from_millis(20))).await
    /// };
    /// block_on(timeout(Duration::from_millis(1), work)).expect("time was held");
    /// ```
    pub fn hold() -> Hold {
        reactor::try_with(|reactor| reactor.time.holds.set(reactor.time.holds.get() + 1));
        Hold {
            thread: PhantomData,
        }
    }

    /// How late timers of this thread may be so that the wakes of several become one: none, unless
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

/// While it lives, its thread's time is virtual: see [`Clock::virtual_time`].
#[derive(Debug)]
#[must_use = "time is virtual only while the guard lives"]
pub struct VirtualClock {
    was_virtual: bool,
    thread: PhantomData<*const ()>,
}

impl VirtualClock {
    /// Moves the time on. Timers that become due fire in the next turn.
    pub fn advance(&self, by: Duration) {
        reactor::try_with(|reactor| {
            let now = reactor.time.now();
            reactor.time.now.set(now.checked_add(by).or(Some(now)));
        });
    }
}

impl Drop for VirtualClock {
    fn drop(&mut self) {
        if !self.was_virtual {
            reactor::try_with(|reactor| reactor.time.now.set(None));
        }
    }
}

/// While it lives, virtual time does not jump: see [`Clock::hold`].
#[derive(Debug)]
#[must_use = "time is held only while the guard lives"]
pub struct Hold {
    thread: PhantomData<*const ()>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        reactor::try_with(|reactor| reactor.time.holds.set(reactor.time.holds.get() - 1));
    }
}
