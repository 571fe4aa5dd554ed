//! The run: a future that drives the tasks while it drives its own. And the turn, which is one
//! bounded pass for a loop of somebody else's.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::atomic::Index;
use crate::inbox::FIRST;
use crate::scheduler::{Outcome, Stop};
use crate::slot::CoreRef;
use crate::waker;

/// How many tasks a run polls before its parent gets a turn.
pub(crate) const BUDGET: usize = 256;

pin_project! {
    /// What [`run_until`](crate::LocalExecutor::run_until) returns.
    pub(crate) struct RunUntil<F> {
        core: CoreRef,
        // Whether it counts among the core's runs: from the first poll to the last.
        counted: bool,
        // The last of main's turns that this run has taken.
        seen: Index,
        #[pin]
        main: F,
    }

    impl<F> PinnedDrop for RunUntil<F> {
        fn drop(this: Pin<&mut Self>) {
            if this.counted {
                this.core.leave();
            }
        }
    }
}

impl<F> RunUntil<F> {
    pub(crate) fn new(core: CoreRef, main: F) -> Self {
        Self {
            core,
            counted: false,
            seen: 0,
            main,
        }
    }
}

impl<F: Future> Future for RunUntil<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let core = *this.core;
        if !*this.counted {
            *this.counted = true;
            *this.seen = core.epoch.get().wrapping_sub(1);
            core.enter();
        }
        core.disturb();
        core.come_back();
        let mut budget = BUDGET;
        loop {
            if *this.seen != core.epoch.get() {
                *this.seen = core.epoch.get();
                let waker = waker::of(core.linked(FIRST));
                let main = this.main.as_mut();
                if let Poll::Ready(output) = main.poll(&mut Context::from_waker(&waker)) {
                    *this.counted = false;
                    core.leave();
                    return Poll::Ready(output);
                }
                // Main itself may wake itself for ever.
                budget -= 1;
            }
            match if budget == 0 {
                Stop::Exhausted
            } else {
                core.work(&mut budget)
            } {
                Stop::Main => {}
                Stop::Idle if !core.park(cx.waker()) => {}
                Stop::Idle => return Poll::Pending,
                Stop::Exhausted => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

/// What [`run`](crate::LocalExecutor::run) returns: a run without a future of its own. The code of
/// a program that only runs tasks has nothing to do with main.
pub(crate) struct Run {
    core: CoreRef,
    counted: bool,
}

impl Run {
    pub(crate) fn new(core: CoreRef) -> Self {
        Self {
            core,
            counted: false,
        }
    }
}

impl Future for Run {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        if !self.counted {
            self.counted = true;
            self.core.enter();
        }
        self.core.run_tasks(cx)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.counted {
            self.core.leave();
        }
    }
}

impl CoreRef {
    /// A run that nobody ends, polled by hand.
    pub(crate) fn run_endless(self, cx: &mut Context<'_>) -> Poll<Infallible> {
        if !self.has_run.replace(true) {
            self.enter();
        }
        self.run_tasks(cx)
    }

    /// Polls tasks until none is ready, or until the budget is used up.
    fn run_tasks(self, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.disturb();
        self.come_back();
        let mut budget = BUDGET;
        loop {
            match self.work(&mut budget) {
                Stop::Idle if !self.park(cx.waker()) => {}
                Stop::Idle => return Poll::Pending,
                // Main's turn is another run's, and so the parent's to give. Were it not to end this
                // poll, main as the parent would be told again and again, and never polled.
                Stop::Main | Stop::Exhausted => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }

    /// One turn of at most `budget` slots of those that are ready now; `each` is told what became
    /// of them.
    pub(crate) fn turn(self, budget: usize, mut each: impl FnMut(Outcome)) {
        let ready = self.queue.ready(self, budget);
        // Another turn around this one ends after it, even if it panics.
        self.disturb();
        let disturbances = self.disturbances.get();
        for _ in 0..ready {
            let Some(link) = self.queue.pop(self) else {
                break;
            };
            each(self.poll_task(link));
            if self.disturbances.get() != disturbances {
                break;
            }
        }
    }
}
