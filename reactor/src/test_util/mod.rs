//! Virtual time, for tests.

use crate::{Clock, reactor};
use std::{marker::PhantomData, time::Duration};

impl Clock {
    /// Makes this thread's time virtual, beginning now, until the guard is dropped. A second guard
    /// shares the time of the first and must be dropped before it. (Feature `test-util`.)
    ///
    /// On virtual time nothing waits for a timer: when no task can run and no event is there, the
    /// clock jumps to the next deadline. A day of timeouts passes in no time, in deadline order,
    /// and the same each run.
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
    pub fn virtual_time() -> VirtualClock {
        let before = reactor::try_with(|reactor| {
            let now = reactor.time.now.get();
            reactor.time.now.virtual_now.replace(Some(now))
        });
        VirtualClock { was_virtual: before.flatten().is_some(), thread: PhantomData }
    }

    /// Keeps virtual time from jumping while the guard lives: something that the reactor does not
    /// see is under way, such as work on another thread. On real time it does nothing. (Feature
    /// `test-util`.)
    ///
    /// ```
    /// use std::thread;
    /// use std::time::Duration;
    /// use std::{future::poll_fn, task::Poll};
    /// use wakeful_reactor::{Clock, block_on, timeout};
    ///
    /// let _clock = Clock::virtual_time();
    /// let mut thread = None;
    /// let work = async {
    ///     let _hold = Clock::hold(); // or the timeout would be over at once
    ///     poll_fn(|cx| match thread {
    ///         Some(_) => Poll::Ready(()),
    ///         None => {
    ///             let waker = cx.waker().clone();
    ///             thread = Some(thread::spawn(move || {
    ///                 thread::sleep(Duration::from_millis(20));
    ///                 waker.wake();
    ///             }));
    ///             Poll::Pending
    ///         }
    ///     })
    ///     .await
    /// };
    /// block_on(timeout(Duration::from_millis(1), work)).expect("time was held");
    /// ```
    pub fn hold() -> Hold {
        reactor::try_with(|reactor| {
            let holds = &reactor.time.now.holds;
            holds.set(holds.get() + 1);
        });
        Hold { thread: PhantomData }
    }
}

/// While it lives, its thread's time is virtual: see [`Clock::virtual_time`]. (Feature
/// `test-util`.)
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
            let now = reactor.time.now.get();
            let later = now.checked_add(by).unwrap_or(now);
            reactor.time.now.virtual_now.set(Some(later));
        });
    }
}

impl Drop for VirtualClock {
    fn drop(&mut self) {
        if !self.was_virtual {
            reactor::try_with(|reactor| reactor.time.now.virtual_now.set(None));
        }
    }
}

/// While it lives, virtual time does not jump: see [`Clock::hold`]. (Feature `test-util`.)
#[derive(Debug)]
#[must_use = "time is held only while the guard lives"]
pub struct Hold {
    thread: PhantomData<*const ()>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        reactor::try_with(|reactor| {
            let holds = &reactor.time.now.holds;
            holds.set(holds.get() - 1);
        });
    }
}
