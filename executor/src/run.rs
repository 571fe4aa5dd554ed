//! The drivers of an executor: runs, which are futures that poll its tasks, and ticks.
//!
//! # Invariants
//! - **One driver** (promise 10): `Core::is_driven` is set from a run's first poll until the run is
//!   ready or dropped, also after a poll unwound, and during a tick. So a task is never polled
//!   inside its own poll, and nobody else takes main's turn.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::slot::{CoreRef, SlotRef, Slots};
use crate::waker;

/// How many slots a run takes from the queue before its parent gets a turn.
const BUDGET: usize = 256;

impl CoreRef {
    /// Polls tasks until none is ready, or until the budget is used up. `after` gets each slot that
    /// was taken from the queue, and `None` when the queue is empty; it may end the run.
    #[inline(always)]
    fn run<R>(
        self,
        cx: &Context<'_>,
        mut after: impl FnMut(Option<SlotRef>) -> Poll<R>,
    ) -> Poll<R> {
        for _ in 0..BUDGET {
            let slot = self.run_one().map(|(slot, _)| slot);
            if let Poll::Ready(output) = after(slot) {
                return Poll::Ready(output);
            }
            if slot.is_none() && self.queue.sleep(cx.waker()) {
                self.observers.idle();
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A run's right to drive, from its first poll until it is dropped.
struct Driver {
    core: CoreRef,
    is_driving: bool,
}

impl Driver {
    fn new(core: CoreRef) -> Self {
        Self {
            core,
            is_driving: false,
        }
    }

    /// A poll begins; `true` if it is the first.
    #[inline(always)]
    fn resume(&mut self) -> bool {
        let is_first = !self.is_driving;
        if is_first {
            self.core.begin_driving();
            self.is_driving = true;
        }
        self.core.queue.resume();
        is_first
    }

    fn end(&mut self) {
        if self.is_driving {
            self.is_driving = false;
            self.core.end_driving();
            self.core.queue.leave();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.end();
    }
}

/// What [`run`](crate::LocalExecutor::run) returns.
pub(crate) struct Run(Driver);

impl Run {
    pub(crate) fn new(core: CoreRef) -> Self {
        Self(Driver::new(core))
    }
}

impl Future for Run {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.0.resume();
        self.0.core.run(cx, |_| Poll::Pending)
    }
}

/// What [`run_all`](crate::LocalExecutor::run_all) returns.
pub(crate) struct RunAll(Driver, Slots);

impl RunAll {
    pub(crate) fn new(slots: Slots) -> Self {
        Self(Driver::new(slots.core), slots)
    }
}

impl Future for RunAll {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.resume();
        let core = self.0.core;
        let slots = self.1;
        let over = core.run(cx, |slot| match slot {
            None if slots.are_over() => Poll::Ready(()),
            _ => Poll::Pending,
        });
        if over.is_ready() {
            self.0.end();
        }
        over
    }
}

pin_project! {
    /// What [`run_until`](crate::LocalExecutor::run_until) returns.
    pub(crate) struct RunUntil<F> {
        // Before `main`, so that dropping the run ends driving before main is dropped.
        driver: Driver,
        #[pin]
        main: F,
    }
}

impl<F> RunUntil<F> {
    pub(crate) fn new(core: CoreRef, main: F) -> Self {
        Self {
            driver: Driver::new(core),
            main,
        }
    }
}

impl<F: Future> Future for RunUntil<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let is_first = this.driver.resume();
        let core = this.driver.core;
        let main = core.main();
        let mut poll_main = || {
            let waker = waker::of(main);
            this.main.as_mut().poll(&mut Context::from_waker(&waker))
        };
        let mut output = Poll::Pending;
        if is_first {
            output = poll_main();
        }
        if output.is_pending() {
            output = core.run(cx, |slot| match slot {
                Some(slot) if slot == main => poll_main(),
                _ => Poll::Pending,
            });
        }
        if output.is_ready() {
            this.driver.end();
        }
        output
    }
}

/// The right to drive during a call.
struct Driving(CoreRef);

impl Driving {
    fn begin(core: CoreRef) -> Self {
        core.begin_driving();
        Self(core)
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        self.0.end_driving();
    }
}

impl CoreRef {
    /// One poll of a run that somebody else keeps.
    pub(crate) fn poll_run(self, cx: &Context<'_>) -> Poll<Infallible> {
        let _driving = Driving::begin(self);
        self.queue.resume();
        self.run(cx, |_| Poll::Pending)
    }

    /// Runs for ever, without a parent.
    #[inline(always)]
    pub(crate) fn run_with_idle(self, mut idle: impl FnMut()) -> ! {
        self.begin_driving();
        loop {
            if self.run_one().is_none() {
                self.observers.idle();
                idle();
            }
        }
    }

    /// One bounded pass.
    pub(crate) fn tick(self, mut budget: usize) -> Tick {
        let _driving = Driving::begin(self);
        let mut tick = Tick {
            polled: 0,
            completed: 0,
            more: false,
        };
        // What is woken from now on comes after this slot.
        let newest = self.queue.newest();
        while newest.is_some() && budget > 0 {
            let Some((slot, polled)) = self.run_one() else {
                break;
            };
            budget -= 1;
            tick.polled += usize::from(polled);
            tick.completed += usize::from(polled && slot.is_over());
            if newest == Some(slot.node_ref()) {
                break;
            }
        }
        tick.more = !self.queue.is_empty();
        tick
    }
}

/// What one [`tick`](crate::LocalExecutor::tick) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Tasks that were polled. Also counted is one that is ready, but is being dropped further up the
    /// stack.
    pub polled: usize,
    /// Those of them that ended, also by being cancelled in their own poll. Not counted is one whose
    /// slot has a new task when its poll returns.
    pub completed: usize,
    /// Whether something is ready already for the next tick.
    pub more: bool,
}
