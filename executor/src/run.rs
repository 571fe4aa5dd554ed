//! What the drivers of an executor share, and the run, which is a future that polls its tasks.
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

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::slot::{CoreRef, SlotRef};
use crate::waker;

/// How many slots a run takes from the queue before its parent gets a turn.
const BUDGET: usize = 256;

/// The right to drive.
pub(crate) struct Driver {
    core: CoreRef,
    /// A run drops its parent's waker. It does so when nobody drives any more, because that is user
    /// code, which may begin to drive.
    is_run: bool,
}

impl Driver {
    /// Panics, before it changes anything, if the executor has a driver.
    #[inline(always)]
    pub(crate) fn new(core: CoreRef, is_run: bool) -> Self {
        assert!(
            !core.is_driven.replace(true),
            "wakeful: this executor is run already; join the futures inside that run instead"
        );
        Self { core, is_run }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.core.is_driven.set(false);
        if self.is_run {
            drop(self.core.run_queue.leave());
        }
    }
}

pin_project! {
    /// A run: what [`run`](crate::LocalExecutor::run) and its likes return. It ends when `main` is
    /// ready, or when `at_idle` gives an output while nothing is ready.
    pub(crate) struct Run<F, I> {
        pub(crate) core: CoreRef,
        pub(crate) at_idle: I,
        // From the first poll on. Before `main`, so that dropping the run ends driving before main is
        // dropped.
        pub(crate) driver: Option<Driver>,
        #[pin]
        pub(crate) main: F,
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
        if this.driver.is_none() {
            *this.driver = Some(Driver::new(core, true));
            core.run_queue.resume();
            output = poll_main();
        }
        if output.is_pending() {
            output = core.run(cx, |slot| match slot {
                None => (this.at_idle)(),
                Some((slot, false)) if slot == main => poll_main(),
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
    /// Takes the slot that was woken first, and polls its task. `false`: it has none.
    pub(crate) fn run_one(self) -> Option<(SlotRef, bool)> {
        let slot = self.run_queue.queue.pop()?;
        Some((slot, slot.poll(self)))
    }

    /// Polls tasks until none is ready, or until the budget is used up. `after` gets what
    /// [`run_one`](Self::run_one) gave, and may end the run.
    #[inline(always)]
    pub(crate) fn run<R>(
        &self,
        cx: &Context<'_>,
        mut after: impl FnMut(Option<(SlotRef, bool)>) -> Poll<R>,
    ) -> Poll<R> {
        self.run_queue.resume();
        for _ in 0..BUDGET {
            let one = self.run_one();
            if let Poll::Ready(output) = after(one) {
                return Poll::Ready(output);
            }
            if one.is_none() && self.run_queue.sleep(cx.waker()) {
                self.observers.idle();
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
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
