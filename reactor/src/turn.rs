//! The reactor's **turn**: fire the timers that are due, compute the timeout, wait, read the clock
//! again, collect the wakers, release every borrow, and only then wake. It is taken inside
//! `block_on` and nowhere else.
//!
//! Invariants:
//! - **QUEUE**: wakers that are to be woken are in one queue and are taken out one by one. If one
//!   panics, the rest stay, and the next turn wakes them.
//! - **FRESH**: a timeout is computed from a clock read after the last of other people's code,
//!   right before the wait.

use crate::park_state::ParkState;
use crate::reactor::{Reactor, System};
use crate::sys::{ARMS, Events};
use std::{io, time::Duration};

impl Reactor {
    /// One turn of the `block_on` with this park state. It sleeps if it may and has nobody to wake.
    /// It returns whether it has looked at the system's events, which it does if it must or has
    /// nobody to wake.
    pub(crate) fn turn(&self, state: &ParkState, may_sleep: bool, must: bool) -> io::Result<bool> {
        self.timers_at_once.set(0);
        let next = self.fire_timers();
        let is_idle = self.woken.borrow().is_empty();
        if is_idle || must {
            self.look(state, may_sleep && is_idle, next)?;
        }
        self.wake_all();
        Ok(is_idle || must)
    }

    /// Queues the wakers of all timers that are due, and says how long it is to the next.
    fn fire_timers(&self) -> Option<Duration> {
        let mut timers = self.timers();
        timers.next_deadline()?;
        let now = self.time.deadline(self.time.now.get());
        while let Some(waker) = timers.pop_due(now) {
            self.metrics().timers_fired += 1;
            self.woken.borrow_mut().push_back(waker);
        }
        let left = timers.next_deadline()?.saturating_sub(now);
        Some(Duration::from_nanos(left.unsigned_abs())) // what is left is in the future
    }

    /// Takes the system's events, waiting for them if it may. `next` is how long it is to the next
    /// deadline.
    fn look(&self, state: &ParkState, may_sleep: bool, next: Option<Duration>) -> io::Result<()> {
        const NOW: Option<Duration> = Some(Duration::ZERO);
        let system = self.system()?;
        let timeout = if may_sleep { self.time.timeout(next) } else { NOW };
        let sleeps = timeout != NOW && state.park();
        let timeout = if sleeps { timeout } else { NOW };
        let events = &mut system.events.borrow_mut();
        self.metrics().waits += 1;
        let waited = system.poller.wait(timeout, events);
        if sleeps {
            state.unpark();
        }
        waited?;
        self.report(system, events)?;
        if may_sleep {
            if self.woken.borrow().is_empty() {
                self.time.now.idle(next);
            }
            self.fire_timers();
        }
        Ok(())
    }

    /// Notes events with their sources, and queues the wakers of those who waited for them.
    fn report(&self, system: &System, events: &Events) -> io::Result<()> {
        let (mut sources, mut woken) = (self.sources(), self.woken.borrow_mut());
        let mut result = Ok(());
        for event in events.iter() {
            self.metrics().events += 1;
            let key = sources.report(event, &mut woken);
            let interest = key.filter(|_| ARMS).and_then(|key| sources.interest(key));
            if let Some((raw, interest)) = interest {
                result = result.and(system.poller.arm(raw, interest));
            }
        }
        result
    }

    fn wake_all(&self) {
        loop {
            // The borrow ends with this line, before the waker runs (FREE).
            let next = self.woken.borrow_mut().pop_front();
            let Some(waker) = next else { break };
            self.metrics().wakes += 1;
            waker.wake();
        }
    }
}
