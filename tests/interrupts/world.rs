//! What the scripts play in: an executor, tasks that do nothing but be polled, a run under parents
//! that poll it only when they are told, and the log by which all of it is judged.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::executor::{Executor, LocalExecutor};
use crate::task::Task;

/// Names of tasks; the last two are the main futures' of the run and of the other run.
pub(crate) const NAMES: usize = 7;
pub(crate) const MAIN: usize = NAMES - 2;
pub(crate) const OTHER: usize = NAMES - 1;
/// The executor's slots, and the tasks that are there when a script begins.
pub(crate) const SLOTS: usize = 3;
const BYTES: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// Somebody begins to wake the task of this name. The wakes of a log are numbered.
    WakeBegins(usize),
    /// The wake of this number has returned.
    WakeEnds(usize),
    Polled(usize),
    /// The task is gone, and what was owed to it too.
    Gone(usize),
}

/// A parent that counts.
#[derive(Default)]
pub(crate) struct Parent(AtomicUsize);

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

type Run = Pin<Box<dyn Future<Output = Infallible>>>;
type Extra = Rc<dyn Fn(&Rc<World>)>;

pub(crate) struct World {
    pub(crate) local: LocalExecutor<BYTES>,
    pub(crate) log: RefCell<Vec<Event>>,
    wakes: Cell<usize>,
    wakers: RefCell<Vec<Option<Waker>>>,
    tasks: RefCell<Vec<Option<Task<()>>>>,
    parents: [Arc<Parent>; 2],
    latest: Cell<usize>,
    run: RefCell<Option<Run>>,
    /// A second run of the same executor, under the second parent.
    other: RefCell<Option<Run>>,
    has_other: Cell<bool>,
    /// What a task does in its polls besides.
    pub(crate) extras: RefCell<Vec<Option<Extra>>>,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        let executor: &'static Executor<SLOTS, BYTES> = Box::leak(Box::new(Executor::new()));
        Rc::new(Self {
            local: executor.take().expect("it is new"),
            log: RefCell::default(),
            wakes: Cell::new(0),
            wakers: RefCell::new(vec![None; NAMES]),
            tasks: RefCell::new((0..NAMES).map(|_| None).collect()),
            parents: Default::default(),
            latest: Cell::new(0),
            run: RefCell::default(),
            other: RefCell::default(),
            has_other: Cell::new(false),
            extras: RefCell::new(vec![None; NAMES]),
        })
    }

    fn note(&self, event: Event) {
        self.log.borrow_mut().push(event);
    }

    fn poll_named(self: &Rc<Self>, name: usize, cx: &mut Context<'_>) -> Poll<()> {
        self.note(Event::Polled(name));
        self.wakers.borrow_mut()[name] = Some(cx.waker().clone());
        let extra = self.extras.borrow_mut()[name].take();
        if let Some(extra) = extra {
            extra(self);
        }
        Poll::Pending
    }

    /// Spawns the task of this name: that wakes it.
    pub(crate) fn spawn(self: &Rc<Self>, name: usize) {
        let world = self.clone();
        let number = self.begin_wake(name);
        let task = self
            .local
            .spawn(poll_fn(move |cx| world.poll_named(name, cx)));
        self.note(Event::WakeEnds(number));
        self.tasks.borrow_mut()[name] = Some(task.expect("promise 6: there is room"));
    }

    fn begin_wake(&self, name: usize) -> usize {
        let number = self.wakes.replace(self.wakes.get() + 1);
        self.note(Event::WakeBegins(name));
        number
    }

    /// Wakes whoever had this name last, also if it is gone.
    pub(crate) fn wake(&self, name: usize) {
        let waker = self.wakers.borrow()[name].clone();
        let Some(waker) = waker else {
            return;
        };
        if name != MAIN && self.tasks.borrow()[name].is_none() {
            return waker.wake();
        }
        let number = self.begin_wake(name);
        // Whichever run has a main future, its turn has come.
        let other = (name == MAIN && self.has_other.get()).then(|| self.begin_wake(OTHER));
        waker.wake();
        self.note(Event::WakeEnds(number));
        if let Some(other) = other {
            self.note(Event::WakeEnds(other));
        }
    }

    /// Cancels the task.
    pub(crate) fn cancel(&self, name: usize) {
        let task = self.tasks.borrow_mut()[name].take();
        drop(task);
        self.note(Event::Gone(name));
    }

    /// Polls the run, under this parent from now on.
    pub(crate) fn poll_run(self: &Rc<Self>, parent: usize) {
        self.latest.set(parent);
        self.poll_in(&self.run, MAIN, parent);
    }

    /// Polls the other run, which there is from now on.
    pub(crate) fn poll_other(self: &Rc<Self>) {
        self.has_other.set(true);
        self.poll_in(&self.other, OTHER, 1);
    }

    fn poll_in(self: &Rc<Self>, place: &RefCell<Option<Run>>, name: usize, parent: usize) {
        self.parents[parent].0.store(0, Ordering::SeqCst);
        let run = place.borrow_mut().take();
        let mut run = run.unwrap_or_else(|| {
            let world = self.clone();
            let main = poll_fn(move |cx| world.poll_named(name, cx).map(|()| unreachable!()));
            Box::pin(self.local.run_until(main))
        });
        let waker = Waker::from(self.parents[parent].clone());
        let poll = run.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
        *place.borrow_mut() = Some(run);
    }

    /// Ends the other run.
    pub(crate) fn drop_other(&self) {
        self.has_other.set(false);
        let run = self.other.borrow_mut().take();
        drop(run);
        self.note(Event::Gone(OTHER));
    }

    /// Ends the run; the next poll begins another.
    pub(crate) fn drop_run(&self) {
        let run = self.run.borrow_mut().take();
        drop(run);
        self.wakers.borrow_mut()[MAIN] = None;
        self.note(Event::Gone(MAIN));
    }

    /// Polls the runs as often as their latest parents are told to.
    pub(crate) fn settle(self: &Rc<Self>) {
        let is_told = |parent: usize| self.parents[parent].0.load(Ordering::SeqCst) > 0;
        loop {
            if is_told(self.latest.get()) {
                self.poll_run(self.latest.get());
            } else if self.has_other.get() && is_told(1) {
                self.poll_other();
            } else {
                return;
            }
        }
    }

    /// Everything at rest: the tasks wait, and so does the run.
    pub(crate) fn reset(self: &Rc<Self>) {
        self.drop_run();
        self.extras.borrow_mut().fill(None);
        for name in 0..MAIN {
            self.cancel(name);
        }
        self.wakers.borrow_mut().fill(None);
        for name in 0..SLOTS {
            self.spawn(name);
        }
        self.poll_run(0);
        self.settle();
        self.log.borrow_mut().clear();
        self.wakes.set(0);
    }

    /// Whether the queue is as it should be: what is woken now is polled once, in that order.
    pub(crate) fn is_sound(self: &Rc<Self>) -> bool {
        let living: Vec<_> = (0..MAIN)
            .filter(|&name| self.tasks.borrow()[name].is_some())
            .collect();
        let order: Vec<_> = living.into_iter().rev().chain([MAIN]).collect();
        self.log.borrow_mut().clear();
        for &name in &order {
            self.wake(name);
        }
        self.settle();
        let is_poll = |event: &Event| match *event {
            Event::Polled(name) => Some(name),
            _ => None,
        };
        let polls: Vec<_> = self.log.borrow().iter().filter_map(is_poll).collect();
        polls == order
    }
}

/// A wake in the log.
struct Woken {
    name: usize,
    begins: usize,
    ends: Option<usize>,
    state: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Owed,
    /// By the latest poll, which may have been under way already.
    Maybe,
    Given,
}

/// Who still waits for a poll, and, if `ordered`, whether everybody was polled in order: promises 1
/// and 2.
///
/// A task is polled too early if another one waits whose wake had ended before any of its own
/// began. A poll answers the wakes before it. One of them may have come when the task was out of the
/// queue already, and then it is answered once more, which promise 2 allows.
pub(crate) fn judge(log: &[Event], ordered: bool) -> Result<(), String> {
    let mut wakes: Vec<Woken> = Vec::new();
    for (now, &event) in log.iter().enumerate() {
        match event {
            Event::WakeBegins(name) => wakes.push(Woken {
                name,
                begins: now,
                ends: None,
                state: Answer::Owed,
            }),
            Event::WakeEnds(number) => wakes[number].ends = Some(now),
            Event::Gone(name) => wakes
                .iter_mut()
                .filter(|wake| wake.name == name)
                .for_each(|wake| wake.state = Answer::Given),
            Event::Polled(name) => {
                if ordered {
                    in_order(&wakes, name)?;
                }
                for wake in wakes.iter_mut().filter(|wake| wake.name == name) {
                    wake.state = match wake.state {
                        Answer::Owed => Answer::Maybe,
                        _ => Answer::Given,
                    };
                }
            }
        }
    }
    let waiting = wakes.iter().find(|wake| wake.state == Answer::Owed);
    waiting.map_or(Ok(()), |wake| {
        Err(format!("a wake of {} was lost", wake.name))
    })
}

/// Whether it is the turn of this name.
fn in_order(wakes: &[Woken], name: usize) -> Result<(), String> {
    let own = wakes.iter().filter(|wake| wake.name == name);
    let own = own.filter(|wake| wake.state != Answer::Given);
    let Some(first) = own.map(|wake| wake.begins).min() else {
        return Ok(());
    };
    let earlier = |wake: &&Woken| {
        wake.name != name
            && wake.state == Answer::Owed
            && has_place(wakes, wake).is_some_and(|end| end < first)
    };
    match wakes.iter().find(earlier) {
        Some(wake) => Err(format!("{} was woken before {name}", wake.name)),
        None => Ok(()),
    }
}

/// When the wake has its place in the queue: at its end, or at that of an earlier wake of the same
/// task that it interrupted, and with which it counts as one.
fn has_place(wakes: &[Woken], wake: &Woken) -> Option<usize> {
    let under_way = |other: &&Woken| {
        let is_over = other.ends.is_some_and(|end| end < wake.begins);
        other.name == wake.name && other.begins <= wake.begins && !is_over
    };
    let mut ends = wakes.iter().filter(under_way).map(|other| other.ends);
    ends.try_fold(0, |latest, end| Some(latest.max(end?)))
}
