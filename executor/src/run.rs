//! The drivers of an executor: runs, which are futures that poll its tasks, and ticks.
//!
//! # Terms
//! - *main*: the future that `run_until` was given. It lies in the run and has no slot, but the core has
//!   a header for it, which is queued when main is woken.
//! - *driver*: the run, tick or `poll_run` that polls the tasks now.
//!
//! # Invariants
//! - **One driver** (promise 10): `Core::is_driven` is set from a run's first poll until the run is
//!   ready or dropped, also after a poll unwound, and during a tick. So a task is never polled inside
//!   its own poll, and no other driver removes main's header from the queue.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::slot::{CoreRef, SlotRef};
use crate::waker;

/// How many slots a run takes from the queue before its parent gets a turn.
const BUDGET: usize = 256;

impl CoreRef {
    /// Panics, before it changes anything, if the executor has a driver.
    #[inline(always)]
    fn begin_driving(self) {
        if self.is_driven.replace(true) {
            second_driver();
        }
    }
}

/// The right to drive.
struct Driver {
    core: CoreRef,
    /// A run drops its parent's waker. It does so when nobody drives any more, because that is user
    /// code, which may begin to drive.
    is_run: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.core.is_driven.set(false);
        if self.is_run {
            drop(self.core.run_queue.leave());
        }
    }
}

#[cold]
#[inline(never)]
fn second_driver() -> ! {
    panic!("wakeful: this executor is run already; join the futures inside that run instead")
}

pin_project! {
    /// A run: what [`run`](crate::LocalExecutor::run) and its likes return. It ends when `main` is
    /// ready, or when `at_idle` gives an output while nothing is ready.
    pub(crate) struct Run<F, I> {
        core: CoreRef,
        at_idle: I,
        // From the first poll on. Before `main`, so that dropping the run ends driving before main is
        // dropped.
        driver: Option<Driver>,
        #[pin]
        main: F,
    }
}

impl<F: Future, I: FnMut() -> Poll<F::Output>> Run<F, I> {
    pub(crate) fn new(core: CoreRef, main: F, at_idle: I) -> Self {
        Self { core, at_idle, driver: None, main }
    }
}

impl<F: Future, I: FnMut() -> Poll<F::Output>> Future for Run<F, I> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let core = *this.core;
        let main = core.main();
        let mut poll_main = || this.main.as_mut().poll(&mut Context::from_waker(&waker::of(main)));
        let mut output = Poll::Pending;
        let is_first = this.driver.is_none();
        if is_first {
            core.begin_driving();
            *this.driver = Some(Driver { core, is_run: true });
        }
        core.run_queue.resume();
        if is_first {
            output = poll_main();
        }
        if output.is_pending() {
            output = core.run(cx, |slot| match slot {
                None => (this.at_idle)(),
                Some(slot) if slot == main => poll_main(),
                Some(_) => Poll::Pending,
            });
        }
        if output.is_ready() {
            *this.driver = None;
        }
        output
    }
}

impl CoreRef {
    /// Takes the slot that was woken first, and polls its task if there is one.
    fn run_one(self) -> Option<(SlotRef, bool)> {
        let slot = self.run_queue.queue.pop()?;
        Some((slot, slot.poll(self)))
    }

    /// Polls tasks until none is ready, or until the budget is used up. `after` gets each slot that
    /// was taken from the queue, and `None` when the queue is empty; it may end the run.
    #[inline(always)]
    fn run<R>(
        &self,
        cx: &Context<'_>,
        mut after: impl FnMut(Option<SlotRef>) -> Poll<R>,
    ) -> Poll<R> {
        for _ in 0..BUDGET {
            let slot = self.run_one().map(|(slot, _)| slot);
            if let Poll::Ready(output) = after(slot) {
                return Poll::Ready(output);
            }
            if slot.is_none() && self.run_queue.sleep(cx.waker()) {
                self.observers.idle();
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// One poll of a run that somebody else keeps.
    pub(crate) fn poll_run(self, cx: &Context<'_>) -> Poll<Infallible> {
        self.begin_driving();
        let _driver = Driver { core: self, is_run: false };
        self.run_queue.resume();
        self.run(cx, |_| Poll::Pending)
    }

    /// Runs for ever, without a parent.
    #[inline(always)]
    pub(crate) fn run_with_idle(self, mut idle: impl FnMut()) -> ! {
        // Without a guard: also after a panic, it drives for ever.
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
        self.begin_driving();
        let _driver = Driver { core: self, is_run: false };
        let mut tick = Tick { polled: 0, completed: 0, more: false };
        // What is woken from now on comes after this slot.
        let mut left = self.run_queue.queue.newest();
        while left.is_some() && budget > 0 {
            let Some((slot, polled)) = self.run_one() else { break };
            budget -= 1;
            tick.polled += usize::from(polled);
            tick.completed += usize::from(polled && slot.is_over());
            left = left.filter(|newest| *newest != slot);
        }
        tick.more = !self.run_queue.queue.is_empty();
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
