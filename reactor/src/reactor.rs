//! The reactor: one per thread, all of it in a thread-local. What it does in a turn is in
//! `turn.rs`.
//!
//! Invariants:
//! - **FREE**: no borrow of the reactor is held while code of others runs: wakers' `wake`, `clone`
//!   and `drop`, operations, futures. So a waker may drop a source of the same batch, arm a timer,
//!   or nest a `block_on`.
//! - **RUNS**: a waker is left with a source or a timer only inside a `block_on`. Anywhere else
//!   nobody would ever wake it, so leaving it panics.

use crate::readiness::{Readiness, Short};
use crate::source::{Key, Place, Sources};
use crate::sys::{ARMS, Events, Notifier, Poller, RawSource};
use crate::{
    error::context, event::Direction, fork::ForkGuard, metrics::Metrics, time::base::TimeBase,
    time::queue::Timers,
};
use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::{collections::VecDeque, io, sync::Arc};

/// Timers that may be ready at their first poll in one turn; further ones wait for the next.
const TIMERS_AT_ONCE: u32 = 128;

/// The error of a registration that the system refuses because there is nothing to wait for.
const ALWAYS_READY: &str = "registering a file that is always ready (a regular file, a directory): \
                            use `unblock` for it";

thread_local! {
    static REACTOR: Reactor = const { Reactor::new() };
}

/// Runs `f` on this thread's reactor; `None` once the thread's locals have been dropped.
pub(crate) fn try_with<R>(f: impl FnOnce(&Reactor) -> R) -> Option<R> {
    REACTOR.try_with(f).ok()
}

/// The same, where there is an error to return.
pub(crate) fn with<R>(f: impl FnOnce(&Reactor) -> io::Result<R>) -> io::Result<R> {
    let gone = || Err(io::Error::other("this thread is ending: its reactor is gone"));
    try_with(f).unwrap_or_else(gone)
}

/// Ends the wait of one thread, from any other, and counts how often that was done.
pub(crate) struct Remote {
    pub(crate) notifier: Notifier,
    pub(crate) notifies: AtomicU64,
}

/// The part that holds descriptors of the operating system; made at its first use.
pub(crate) struct System {
    pub(crate) poller: Poller,
    pub(crate) events: RefCell<Events>,
    fork_guard: ForkGuard,
    remote: Arc<Remote>,
}

impl System {
    fn new() -> io::Result<System> {
        let (poller, notifier) = Poller::new()?;
        let notifies = AtomicU64::new(0);
        Ok(System {
            poller,
            events: RefCell::new(Events::new()),
            fork_guard: ForkGuard::new(),
            remote: Arc::new(Remote { notifier, notifies }),
        })
    }
}

/// One thread's reactor.
pub(crate) struct Reactor {
    system: OnceCell<System>,
    pub(crate) sources: RefCell<Sources>,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) time: TimeBase,
    /// The wakers that the turn is about to wake.
    pub(crate) woken: RefCell<VecDeque<Waker>>,
    /// How many `block_on`s this thread is inside.
    depth: Cell<usize>,
    /// Timers since the last turn that were due already when they were first polled.
    pub(crate) timers_at_once: Cell<u32>,
    pub(crate) metrics: RefCell<Metrics>,
}

/// While it lives, this thread counts as inside a `block_on`.
pub(crate) struct Inside<'a>(&'a Reactor);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}

impl Reactor {
    const fn new() -> Reactor {
        Reactor {
            system: OnceCell::new(),
            sources: RefCell::new(Sources::new()),
            timers: RefCell::new(Timers::new()),
            time: TimeBase::new(),
            woken: RefCell::new(VecDeque::new()),
            depth: Cell::new(0),
            timers_at_once: Cell::new(0),
            metrics: RefCell::new(Metrics::ZERO),
        }
    }

    /// The system's part, unless this is a forked child.
    pub(crate) fn system(&self) -> io::Result<&System> {
        if self.system.get().is_none() {
            let new =
                System::new().map_err(|error| context("making the reactor's poller", error))?;
            let _first = self.system.set(new);
        }
        let system = self.system.get().ok_or(io::ErrorKind::Other)?;
        system.fork_guard.check()?;
        Ok(system)
    }

    /// Counts this thread as inside a `block_on`.
    pub(crate) fn enter(&self) -> Inside<'_> {
        self.depth.set(self.depth.get() + 1);
        Inside(self)
    }

    /// Panics unless somebody runs the reactor (**RUNS**).
    pub(crate) fn assert_runs(&self) {
        assert!(
            self.depth.get() > 0,
            "a future of wakeful-reactor waits outside of `wakeful_reactor::block_on`: nothing on \
             this thread would ever wake it. Run the whole program, or this thread's executor, \
             inside `block_on`"
        );
    }

    /// This thread's [`Remote`], for its wakers.
    pub(crate) fn remote(&self) -> io::Result<Arc<Remote>> {
        Ok(self.system()?.remote.clone())
    }

    pub(crate) fn sources(&self) -> RefMut<'_, Sources> {
        self.sources.borrow_mut()
    }

    pub(crate) fn timers(&self) -> RefMut<'_, Timers> {
        self.timers.borrow_mut()
    }

    pub(crate) fn metrics(&self) -> RefMut<'_, Metrics> {
        self.metrics.borrow_mut()
    }

    pub(crate) fn register(
        &self,
        raw: RawSource,
        readiness: Readiness,
        short: Short,
    ) -> io::Result<Key> {
        let system = self.system()?;
        let (key, system_key) = self.sources().insert(raw, readiness, short)?;
        if let Err(error) = system.poller.add(raw, system_key) {
            self.sources().remove(key, &mut VecDeque::new());
            let doing = match error.kind() {
                io::ErrorKind::PermissionDenied => ALWAYS_READY,
                _ => "registering with the reactor",
            };
            return Err(context(doing, error));
        }
        self.metrics().registrations += 1;
        Ok(key)
    }

    /// Forgets a source, which is not closed yet. Tasks that wait for it are woken in the next
    /// turn.
    pub(crate) fn deregister(&self, key: Key) -> io::Result<()> {
        let removed = self.sources().remove(key, &mut self.woken.borrow_mut());
        match removed {
            // Not in a forked child: it shares the poller, and would deregister its parent's
            // source.
            Some(raw) => self.system()?.poller.delete(raw),
            None => Ok(()),
        }
    }

    /// Leaves a task's waker with a source, and asks for the event where the backend must be asked
    /// each time.
    pub(crate) fn wait(
        &self,
        key: Key,
        direction: Direction,
        place: &mut Place,
        cx: &Context<'_>,
    ) -> io::Result<()> {
        self.assert_runs();
        let waker = cx.waker().clone();
        // The waker that was replaced is dropped at the end, when no borrow is held.
        let _replaced = self.sources().store(key, direction, place, waker);
        let interest = match ARMS {
            true => self.sources().interest(key),
            false => None,
        };
        match interest {
            Some((raw, interest)) => self.system()?.poller.arm(raw, interest),
            None => Ok(()),
        }
    }

    /// Whether a timer that is due may be ready without a turn in between. A row of them, such as
    /// an interval without length, gives way to the rest after a while.
    pub(crate) fn may_be_ready_at_once(&self) -> bool {
        let before = self.timers_at_once.get();
        self.timers_at_once.set(before.saturating_add(1));
        before < TIMERS_AT_ONCE
    }
}

impl Metrics {
    /// This thread's, now.
    pub fn now() -> Metrics {
        let now = try_with(|reactor| {
            let remote = reactor.system.get().map(|system| &system.remote);
            Metrics {
                notifies: remote.map_or(0, |remote| remote.notifies.load(Ordering::Relaxed)),
                timers: reactor.timers().armed(),
                sources: reactor.sources().len(),
                ..*reactor.metrics()
            }
        });
        now.unwrap_or_default()
    }
}
