//! Who drives: runs, ticks, and those that promise 10 refuses.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::State::*;
use super::{ByTheModel, SECOND, TASKS, World, survives};
use crate::trace::text_of;

/// Runs that are kept at a time.
const RUNS: usize = 3;

/// Who drives the executor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Driver {
    Nobody,
    /// A call that has not returned yet.
    Call,
    /// The run of this number, from its first poll on.
    Run(usize),
}

/// What a driver at work may do still, and has done.
pub(super) struct Pass {
    /// Whether it is a run with a main future that is not ready yet.
    pub(super) main: bool,
    /// Places that it may take from the queue.
    budget: usize,
    /// The place after which a tick is over.
    newest: Option<usize>,
    pub(super) polled: usize,
    /// Places that it took while their futures were being dropped: a tick may count them as polled.
    pub(super) dropping: usize,
    pub(super) completed: usize,
    /// Those of them whose slots had new tasks when their polls returned: a tick may not count them.
    pub(super) refilled: usize,
}

impl Pass {
    fn new(main: bool, budget: usize) -> Self {
        Self { main, budget, newest: None, polled: 0, dropping: 0, completed: 0, refilled: 0 }
    }

    pub(super) fn is_open(&self) -> bool {
        self.budget > 0
    }

    pub(super) fn pop(&mut self, place: usize) {
        assert!(self.budget > 0, "a turn too long: place {place}");
        self.budget -= 1;
        if self.newest == Some(place) {
            self.budget = 0;
        }
    }
}

/// A run that is kept.
pub(super) struct Run {
    number: usize,
    future: Kept,
}

enum Kept {
    Run(Pin<Box<dyn Future<Output = Infallible>>>),
    Until(Pin<Box<dyn Future<Output = usize>>>),
    All(Pin<Box<dyn Future<Output = ()>>>),
}

impl Kept {
    /// What it gives: the output of its main future, if it has one.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        match self {
            Self::Run(run) => run.as_mut().poll(cx).map(|never| match never {}),
            Self::Until(run) => run.as_mut().poll(cx).map(Some),
            Self::All(run) => run.as_mut().poll(cx).map(|()| None),
        }
    }
}

/// The main future of a run.
struct Main {
    world: Rc<World>,
    number: usize,
    was_polled: bool,
}

impl Future for Main {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let (world, number) = (self.world.clone(), self.number);
        assert_eq!(world.driver.get(), Driver::Run(number), "main was polled");
        // The first poll needs no wake.
        if std::mem::replace(&mut self.was_polled, true) {
            world.pop_to(0);
        }
        world.keep(0, cx.waker());
        for _ in 0..world.pick(4) {
            world.act();
        }
        world.current.take();
        match world.pick(6) {
            0 => {
                world.count(|pass| pass.main = false);
                Poll::Ready(number)
            }
            1 => resume_unwind(Box::new(ByTheModel)),
            2 | 3 => {
                world.wake(0, cx.waker());
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        let world = &self.world;
        world.mains.set(world.mains.get() - 1);
        if std::thread::panicking() {
            return;
        }
        // Its run has let go, so this may drive.
        assert_ne!(world.driver.get(), Driver::Run(self.number));
        if world.pick(3) == 1 {
            world.act();
        }
    }
}

impl World {
    /// Somebody tries to drive who may not: that panics, and changes nothing.
    fn refused<R>(&self, drive: impl FnOnce() -> R) {
        let payload = catch_unwind(AssertUnwindSafe(drive)).err();
        let payload = payload.expect("a second driver was let through");
        assert!(text_of(&*payload).starts_with(SECOND), "another panic");
    }

    fn is_driven(&self) -> bool {
        self.driver.get() != Driver::Nobody
    }

    pub(super) fn tick(&self, budget: usize) {
        if self.is_driven() {
            return self.refused(|| self.local.tick(budget));
        }
        let newest = self.queue.borrow().back().copied();
        let mut pass = Pass::new(false, newest.map_or(0, |_| budget));
        pass.newest = newest;
        *self.pass.borrow_mut() = Some(pass);
        self.driver.set(Driver::Call);
        let tick = survives(|| self.local.tick(budget));
        self.driver.set(Driver::Nobody);
        if let Some(tick) = tick {
            self.settle();
            self.pop_rest();
            let pass = self.pass.borrow_mut().take().expect("it is ours");
            let most = pass.polled + pass.dropping;
            assert!((pass.polled..=most).contains(&tick.polled), "{tick:?}");
            let fewest = pass.completed - pass.refilled;
            assert!((fewest..=pass.completed).contains(&tick.completed), "{tick:?}");
            assert_eq!(tick.more, !self.queue.borrow().is_empty());
        }
        self.end_pass();
    }

    fn end_pass(&self) {
        self.pass.take();
        self.current.take();
        self.ended.take();
    }

    pub(super) fn poll_run(&self) {
        let waker = Waker::from(self.parent.clone());
        let mut cx = Context::from_waker(&waker);
        if self.is_driven() {
            return self.refused(|| self.local.poll_run(&mut cx));
        }
        self.begin_run(Driver::Call, false);
        let polled = survives(|| self.local.poll_run(&mut cx).is_pending());
        self.driver.set(Driver::Nobody);
        self.end_run(polled == Some(true));
    }

    pub(super) fn run_with_idle(&self) {
        if self.is_driven() {
            self.refused(|| self.local.run_with_idle(|| unreachable!("it drives")));
        }
    }

    fn begin_run(&self, driver: Driver, main: bool) {
        self.driver.set(driver);
        self.is_parked.set(false);
        *self.pass.borrow_mut() = Some(Pass::new(main, 256));
    }

    /// A poll of a run is over; whether it went to sleep.
    fn end_run(&self, sleeps: bool) {
        if sleeps {
            self.pop_rest();
            self.is_parked.set(true);
        }
        self.end_pass();
    }

    pub(super) fn make_run(self: &Rc<Self>, kind: usize) {
        let number = self.runs_made.get();
        if self.runs.borrow().len() == RUNS || number == TASKS {
            return;
        }
        self.runs_made.set(number + 1);
        let future = match kind {
            0 => {
                self.mains.set(self.mains.get() + 1);
                Kept::Until(Box::pin(self.local.run_until(Main {
                    world: self.clone(),
                    number,
                    was_polled: false,
                })))
            }
            1 => Kept::Run(Box::pin(self.local.run())),
            _ => Kept::All(Box::pin(self.local.run_all())),
        };
        self.runs.borrow_mut().push(Run { number, future });
    }

    /// One of the runs that are kept; the one that is being polled is not among them.
    fn some_run(&self, which: usize) -> Option<Run> {
        let mut runs = self.runs.borrow_mut();
        let count = runs.len();
        (count > 0).then(|| runs.remove(which % count))
    }

    /// Polls a run.
    pub(super) fn drive(&self, which: usize) {
        let Some(mut run) = self.some_run(which) else { return };
        let waker = Waker::from(self.parent.clone());
        let mut cx = Context::from_waker(&waker);
        let may = [Driver::Nobody, Driver::Run(run.number)].contains(&self.driver.get())
            && self.pass.borrow().is_none();
        if !may {
            self.refused(|| run.future.poll(&mut cx));
            return self.runs.borrow_mut().push(run);
        }
        self.begin_run(Driver::Run(run.number), matches!(run.future, Kept::Until(_)));
        let poll = survives(|| run.future.poll(&mut cx));
        if let Some(Poll::Ready(output)) = poll {
            let expected = match run.future {
                Kept::Until(_) => Some(run.number),
                Kept::Run(_) | Kept::All(_) => {
                    self.pop_rest();
                    None
                }
            };
            assert_eq!(output, expected);
            let lives = |state| matches!(state, Waiting | Polling);
            let is_over = !self.has(|known| lives(known.state));
            assert!(expected.is_some() || is_over, "futures are left");
            self.driver.set(Driver::Nobody);
            self.end_run(false);
            drop(run);
            return;
        }
        self.end_run(poll.is_some());
        if let (Some(_), Kept::All(_)) = (poll, &run.future) {
            let lives = |state| matches!(state, Waiting | Polling | Dropping { .. });
            let is_over = !self.has(|known| lives(known.state));
            assert!(!is_over, "it is over");
        }
        self.runs.borrow_mut().push(run);
    }

    /// Drops a run: it lets go before its main future is dropped.
    pub(super) fn drop_run(&self, which: usize) {
        let Some(run) = self.some_run(which) else { return };
        if self.driver.get() == Driver::Run(run.number) {
            self.driver.set(Driver::Nobody);
            self.is_parked.set(false);
        }
        drop(run);
    }
}
