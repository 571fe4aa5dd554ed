//! The reactor: one per thread, all of it in a thread-local, and its **turn**.
//!
//! A turn: expire the timers, compute the timeout, wait, read the clock again, collect the wakers,
//! release every borrow, and only then wake. It runs inside `block_on` and nowhere else.
//!
//! Invariants:
//! - **FREE**: no borrow of the reactor is held while code of others runs: wakers' `wake`, `clone`
//!   and `drop`, operations, futures. So a waker may drop a source of the same batch, arm a timer,
//!   or nest a `block_on`.
//! - **QUEUE**: wakers to be woken stand in one queue and are taken out one by one. If one panics,
//!   the rest stay and the next turn wakes them.
//! - **FRESH**: a timeout is computed from a clock read after the last of other people's code,
//!   right before the wait.

use crate::clock::Time;
use crate::flag::{Flag, Raise};
use crate::fork::Birth;
use crate::heap::{SlotKey, Timers};
use crate::metrics::Counters;
use crate::os::RawSource;
use crate::side::Start;
use crate::source::{Key, Sources};
use crate::wait::{self, Bell, Driver};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// Timers that may be ready at their first poll in one turn; further ones wait for the next.
const TIMERS_AT_ONCE: u32 = 128;

thread_local! {
    static REACTOR: Reactor = const { Reactor::new() };
}

/// Runs `f` on this thread's reactor; `None` once the thread's locals have been dropped.
pub(crate) fn try_with<R>(f: impl FnOnce(&Reactor) -> R) -> Option<R> {
    REACTOR.try_with(f).ok()
}

/// The same, where there is an error to give.
pub(crate) fn with<R>(f: impl FnOnce(&Reactor) -> io::Result<R>) -> io::Result<R> {
    try_with(f).unwrap_or_else(|| {
        Err(io::Error::other(
            "this thread is ending: its reactor is gone",
        ))
    })
}

/// What a `block_on`'s waker points at: its flag, and the bell to ring if the owner sleeps.
pub(crate) struct Beacon {
    pub(crate) flag: Flag,
    bell: Bell,
    rings: Arc<AtomicU64>,
}

impl Wake for Beacon {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.flag.raise() == Raise::Ring {
            // Counted before it is heard, so that who was woken by it reads it counted.
            self.rings.fetch_add(1, Ordering::Relaxed);
            self.bell.ring();
        }
    }
}

/// What becomes of a descriptor that leaves the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It is closed at once, and nothing else refers to what is behind it.
    Closed,
    /// It, or a duplicate of it, may live on.
    LivesOn,
}

/// What the first need of the operating system makes.
struct Machine {
    driver: Driver,
    birth: Birth,
    rings: Arc<AtomicU64>,
}

/// One thread's reactor.
pub(crate) struct Reactor {
    machine: OnceCell<Machine>,
    sources: RefCell<Sources>,
    timers: RefCell<Timers>,
    pub(crate) time: Time,
    woken: RefCell<VecDeque<Waker>>,
    /// Timers since the last turn that were due already when they were first polled.
    timers_at_once: Cell<u32>,
    pub(crate) counters: Counters,
    /// The beacon of the last `block_on` that ended, for the next.
    spare_beacon: Cell<Option<Arc<Beacon>>>,
}

impl Reactor {
    const fn new() -> Reactor {
        Reactor {
            machine: OnceCell::new(),
            sources: RefCell::new(Sources::new()),
            timers: RefCell::new(Timers::new()),
            time: Time::new(),
            woken: RefCell::new(VecDeque::new()),
            timers_at_once: Cell::new(0),
            counters: Counters::new(),
            spare_beacon: Cell::new(None),
        }
    }

    fn machine(&self) -> io::Result<&Machine> {
        let machine = match self.machine.get() {
            Some(machine) => machine,
            None => {
                let machine = Machine {
                    driver: Driver::new()
                        .map_err(|error| because("making the reactor's poller", error))?,
                    birth: Birth::now()?,
                    rings: Arc::default(),
                };
                self.machine.get_or_init(|| machine)
            }
        };
        match machine.birth.is_here() {
            true => Ok(machine),
            false => Err(io::Error::other(
                "this process was forked from the one that made this reactor, and would \
                 disturb it: use a new thread of the child's own, or exec",
            )),
        }
    }

    // ---- Wakers ----

    /// A beacon for a new `block_on`.
    pub(crate) fn lend_beacon(&self) -> io::Result<Arc<Beacon>> {
        let machine = self.machine()?;
        Ok(self.spare_beacon.take().unwrap_or_else(|| {
            Arc::new(Beacon {
                flag: Flag::new(),
                bell: machine.driver.bell(),
                rings: machine.rings.clone(),
            })
        }))
    }

    pub(crate) fn return_beacon(&self, beacon: Arc<Beacon>) {
        self.spare_beacon.set(Some(beacon));
    }

    /// How often a bell of this thread was rung.
    pub(crate) fn rings(&self) -> u64 {
        self.machine
            .get()
            .map_or(0, |machine| machine.rings.load(Ordering::Relaxed))
    }

    // ---- Turns ----

    /// One turn. Sleeps, unless there is something to wake or no `flag` to fall asleep by.
    pub(crate) fn turn(&self, flag: Option<&Flag>) -> io::Result<()> {
        self.timers_at_once.set(0);
        let timeout = self.expire();
        if self.woken.borrow().is_empty() || flag.is_none() {
            self.wait(flag, timeout)?;
        }
        self.wake_all();
        Ok(())
    }

    /// Queues the wakers of all timers that are due, and says how long it is to the next.
    fn expire(&self) -> Option<Duration> {
        let mut timers = self.timers.borrow_mut();
        let next = timers.next_deadline()?;
        let now = self.time.nanos();
        if next > now {
            return Some(self.time.until(next, now));
        }
        let mut woken = self.woken.borrow_mut();
        while let Some(waker) = timers.pop_due(now) {
            self.counters.timers_fired.add(1);
            woken.extend(waker);
        }
        timers
            .next_deadline()
            .map(|next| self.time.until(next, now))
    }

    fn wait(&self, flag: Option<&Flag>, timeout: Option<Duration>) -> io::Result<()> {
        let sleeps = match flag {
            Some(_) if self.time.is_virtual() && timeout.is_some() => {
                return self.wait_virtually(flag);
            }
            Some(flag) => timeout != Some(Duration::ZERO) && flag.fall_asleep(),
            None => false,
        };
        let timeout = if sleeps {
            timeout
        } else {
            Some(Duration::ZERO)
        };
        self.wait_for_events(timeout, || {
            if let (true, Some(flag)) = (sleeps, flag) {
                flag.wake_up();
            }
        })?;
        // Without timers there is nothing to read the clock for, nor if the wait took no time.
        if sleeps {
            self.expire();
        }
        Ok(())
    }

    /// On virtual time nobody sleeps until a deadline: if nothing else can run, it is that time
    /// now.
    fn wait_virtually(&self, flag: Option<&Flag>) -> io::Result<()> {
        let held = self.time.is_held();
        let sleeps = held && flag.is_some_and(Flag::fall_asleep);
        let timeout = if sleeps { None } else { Some(Duration::ZERO) };
        self.wait_for_events(timeout, || {
            if let (true, Some(flag)) = (sleeps, flag) {
                flag.wake_up();
            }
        })?;
        let idle = self.woken.borrow().is_empty() && !flag.is_some_and(Flag::is_raised);
        if idle && !held {
            let next = self.timers.borrow_mut().next_deadline();
            self.time.jump_to(next);
        }
        self.expire();
        Ok(())
    }

    fn wait_for_events(&self, timeout: Option<Duration>, awake: impl FnOnce()) -> io::Result<()> {
        let machine = self.machine()?;
        self.counters.waits.add(1);
        let mut sources = self.sources.borrow_mut();
        let mut woken = self.woken.borrow_mut();
        let mut rearm = Ok(());
        machine.driver.wait(timeout, awake, |told| {
            self.counters.events.add(1);
            let key = sources.tell(told, &mut woken);
            let key = key.filter(|_| wait::MUST_ARM);
            if let Some(interest) = key.and_then(|key| sources.interest(key)) {
                let armed = machine.driver.arm(interest);
                rearm = std::mem::replace(&mut rearm, Ok(())).and(armed);
            }
        })?;
        rearm
    }

    fn wake_all(&self) {
        loop {
            // The borrow ends with this line, before the waker runs: FREE.
            let next = self.woken.borrow_mut().pop_front();
            let Some(waker) = next else { break };
            self.counters.wakes.add(1);
            waker.wake();
        }
    }

    // ---- Sources ----

    pub(crate) fn insert(&self, raw: RawSource, start: Start) -> io::Result<Key> {
        let machine = self.machine()?;
        let place = self.sources.borrow_mut().insert(raw, start);
        let (key, number) =
            place.ok_or_else(|| io::Error::other("the reactor's source table is full"))?;
        match machine.driver.add(raw, number) {
            Ok(()) => {
                self.counters.registrations.add(1);
                Ok(key)
            }
            Err(error) => {
                self.sources.borrow_mut().remove(key);
                Err(refused(error))
            }
        }
    }

    /// Takes a source out of the table, and out of the system's unless its close, which follows,
    /// does that.
    pub(crate) fn remove(&self, key: Key, parting: Parting) -> io::Result<()> {
        let removed = self.sources.borrow_mut().remove(key);
        let Some((raw, _wakers)) = removed else {
            return Ok(());
        };
        if parting == Parting::Closed && wait::CLOSE_DEREGISTERS {
            return Ok(());
        }
        // In a forked child the poller is shared with the parent, whose registration this would be.
        self.machine()?.driver.delete(raw)
    }

    pub(crate) fn sources(&self) -> std::cell::RefMut<'_, Sources> {
        self.sources.borrow_mut()
    }

    /// After a waiter was stored, or handed back: asks for the event where the backend must be asked
    /// each time. The waker that comes out is for the caller to drop.
    pub(crate) fn arm(
        &self,
        key: Key,
        stored: Result<Option<Waker>, Waker>,
    ) -> io::Result<Option<Waker>> {
        let Ok(replaced) = stored else {
            return Err(io::Error::other(
                "the source is not registered with this thread's reactor",
            ));
        };
        if wait::MUST_ARM {
            let interest = self.sources.borrow_mut().interest(key);
            if let Some(interest) = interest {
                self.machine()?.driver.arm(interest)?;
            }
        }
        Ok(replaced)
    }

    // ---- Timers ----

    pub(crate) fn armed_timers(&self) -> usize {
        self.timers.borrow().armed()
    }

    pub(crate) fn timers(&self) -> std::cell::RefMut<'_, Timers> {
        self.timers.borrow_mut()
    }

    /// Whether a timer that is due may say so without a turn in between. A row of them, such as an
    /// interval without length, gives way to the rest after a while.
    pub(crate) fn may_be_ready_at_once(&self, fired: bool) -> bool {
        let so_far = self.timers_at_once.get();
        self.timers_at_once
            .set(so_far.saturating_add(u32::from(!fired)));
        fired || so_far < TIMERS_AT_ONCE
    }

    pub(crate) fn arm_timer(&self, slot: SlotKey, when: Instant) {
        let deadline = self.time.deadline(when);
        self.timers.borrow_mut().arm(slot, deadline);
    }
}

/// An error with what was being done before it.
pub(crate) fn because(doing: impl std::fmt::Display, error: io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        crate::error::While::new(doing.to_string(), error),
    )
}

/// Why a descriptor was not registered.
fn refused(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied => because(
            "registering a file that is always ready (a regular file, a directory): \
             use `unblock` for it",
            error,
        ),
        _ => because("registering with the reactor", error),
    }
}
