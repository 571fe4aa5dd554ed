//! The run: a future that drives the tasks while it drives its own. And the turn, which is one
//! bounded pass for a loop of somebody else's.

use core::convert::Infallible;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::atomic::Index;
use crate::inbox::FIRST;
use crate::runs::Name;
use crate::runs_list::Waiter;
use crate::scheduler::{Outcome, Stop};
use crate::slot::CoreRef;
use crate::waker;

/// How many tasks a run polls before its parent gets a turn.
pub(crate) const BUDGET: usize = 256;

pin_project! {
    /// What [`run_until`](crate::LocalExecutor::run_until) returns.
    pub(crate) struct RunUntil<F> {
        core: CoreRef,
        // Whether it is among the core's runs: from the first poll to the last.
        is_among: bool,
        // The last of main's turns that this run has taken.
        seen: Index,
        // Its place in the list of runs.
        #[pin]
        place: Waiter<'static>,
        #[pin]
        main: F,
    }

    impl<F> PinnedDrop for RunUntil<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.is_among {
                this.place.leave();
                this.core.leave(Name::of(&*this.place));
            }
        }
    }
}

impl<F> RunUntil<F> {
    pub(crate) fn new(core: CoreRef, main: F) -> Self {
        Self {
            core,
            is_among: false,
            seen: 0,
            place: Waiter::new(core.listed()),
            main,
        }
    }
}

impl<F: Future> Future for RunUntil<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let core = *this.core;
        let place = this.place.as_ref();
        let name = Name::of(&*place);
        if !*this.is_among {
            *this.is_among = true;
            *this.seen = core.epoch.get().wrapping_sub(1);
            core.call_others.set(Some(CoreRef::call_others));
        }
        core.disturb();
        core.come_back();
        let mut budget = BUDGET;
        loop {
            if *this.seen != core.epoch.get() {
                *this.seen = core.epoch.get();
                // It need not be called itself.
                place.leave();
                core.call_others(name);
                let waker = waker::of(core.linked(FIRST));
                let main = this.main.as_mut();
                if let Poll::Ready(output) = main.poll(&mut Context::from_waker(&waker)) {
                    *this.is_among = false;
                    place.leave();
                    core.leave(name);
                    return Poll::Ready(output);
                }
                // Main itself may wake itself for ever.
                budget -= 1;
            }
            let mut stop = Stop::Exhausted;
            if budget > 0 {
                (stop, budget) = core.work(budget);
            }
            match stop {
                Stop::Main => {}
                Stop::Idle if !core.wait(name, place, cx.waker()) => {}
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
    // Its address is its name.
    _pinned: PhantomPinned,
}

impl Run {
    pub(crate) fn new(core: CoreRef) -> Self {
        Self {
            core,
            _pinned: PhantomPinned,
        }
    }
}

impl Future for Run {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.core.run_tasks(Name::of(&*self), cx)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.core.leave(Name::of(self));
    }
}

impl CoreRef {
    /// A run that nobody ends, polled by hand.
    pub(crate) fn run_endless(self, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.run_tasks(Name::of(&*self), cx)
    }

    /// Polls tasks until none is ready, or until the budget is used up.
    fn run_tasks(self, name: Name, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.disturb();
        self.come_back();
        let mut budget = BUDGET;
        loop {
            let stop;
            (stop, budget) = self.work(budget);
            match stop {
                Stop::Idle if !self.park(name, cx.waker(), false) => {}
                Stop::Idle => return Poll::Pending,
                // Main's turn is another run's, and so the parent's to give. Were it not to end this
                // poll, main as the parent would be told again and again, and never polled.
                Stop::Main | Stop::Exhausted => {
                    self.pass_on_turn(name);
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
