//! The executor against a naive model of it: a plain queue of places and a list of tasks.
//!
//! One stream of bytes decides everything: what is done from outside, what each poll does, what
//! each drop does. Every `Op` is done to the executor and to the model, from wherever it happens:
//! polls, drops and wakers of others spawn, wake, cancel, clear, and try to drive an executor that is
//! being driven.
//! At each poll the model says whose it is. Nothing is ever polled "to be sure", so a wake that is
//! lost stays lost and is found.
//!
//! A *place* is what a waker wakes: the slot of a task, counted from 1, or 0 for the main future of
//! `run_until`. A place stays queued when its task goes, and the slot's next tenant takes it over.
//!
//! An executor cannot be freed, so each thread has one, and a run gives it back empty.

mod known;
mod ops;
mod runs;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wakeful_executor::{Executor, LocalExecutor, Observe, Task, TaskId};

use runs::{Driver, Pass, Run};

/// What awaiting a lost task panics with (promise 8).
const LOST: &str = "wakeful: the awaited task";
/// What a second driver panics with (promise 10).
const SECOND: &str = "wakeful: this executor is run already";
/// The panics that are the executor's answers to what happens here.
pub const EXPECTED_PANICS: &[&str] = &[LOST, SECOND];

const SLOTS: usize = 5;
/// Futures and outputs fill their slots.
const BYTES: usize = size_of::<Output>();
const _: () = assert!(size_of::<Joined>() == BYTES);
/// How deep operations nest: one in a drop in a tick in a drop.
const DEPTH: usize = 4;
/// Spawns and runs that are made at most.
const TASKS: usize = 100;
/// Bytes that are read at most, so that no run polls 256 times and gives way. With more of them the
/// fuzzer reaches no more code, and is slower.
const LONGEST: usize = 200;

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    /// The spawn gave it back, or it has not happened yet.
    Outside,
    Waiting,
    Polling,
    /// Its future is being dropped; then it ends with an output, or without.
    Dropping {
        with_output: bool,
    },
    /// The output waits for the handle.
    Done,
    /// It ended without an output, and the handle is there.
    Lost,
    Gone,
}

use State::*;

/// Who is woken when a task ends.
enum Joiner {
    /// A waker that is no executor's, and how often it was woken.
    Foreign(Arc<Other>),
    Place(usize),
}

/// What is known of a task.
struct Known {
    state: State,
    place: usize,
    /// Whether there is a handle; it is in `handle`, unless somebody is using it.
    has_handle: bool,
    handle: Option<Task<Output>>,
    joiner: Option<Joiner>,
    /// Cancelled or cleared in its own poll, and to be dropped after it unless it is ready.
    doomed: bool,
    futures_dropped: u32,
    outputs: u32,
    outputs_dropped: u32,
}

/// What is known of everything, shared by all futures of a run.
struct World {
    local: LocalExecutor<BYTES>,
    bytes: Vec<u8>,
    at: Cell<usize>,
    depth: Cell<usize>,
    clearing: Cell<usize>,
    tasks: RefCell<Vec<Known>>,
    /// Those that are not gone, oldest first: few, so that a look at all of them is cheap.
    living: RefCell<Vec<usize>>,
    /// The places that were woken, oldest first.
    queue: RefCell<VecDeque<usize>>,
    wakers: RefCell<Vec<(usize, Waker)>>,
    /// Who is being polled.
    current: RefCell<Option<(usize, Waker)>>,
    runs: RefCell<Vec<Run>>,
    runs_made: Cell<usize>,
    /// Main futures that are not dropped yet.
    mains: Cell<usize>,
    driver: Cell<Driver>,
    /// The task whose poll was its last, until the driver goes on.
    ended: Cell<Option<usize>>,
    /// The driver at work.
    pass: RefCell<Option<Pass>>,
    /// The parent of all runs, and how often it must have been woken.
    parent: Arc<Other>,
    parent_woken: Cell<usize>,
    is_parked: Cell<bool>,
}

thread_local! {
    static EXECUTOR: Cell<Option<&'static Executor<SLOTS, BYTES>>> = const { Cell::new(None) };
    /// The slot of the latest spawn.
    static SPAWNED: Cell<usize> = const { Cell::new(0) };
    /// Whose operations the wakers of others do on this thread.
    static WORLD: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

struct Spawned;

impl Observe for Spawned {
    fn spawned(&self, task: TaskId) {
        SPAWNED.set(task.slot);
    }
}

fn new_executor() -> &'static Executor<SLOTS, BYTES> {
    let executor = Executor::leak();
    let local = executor.take().expect("it is new");
    assert!(local.observe(&Spawned));
    executor
}

/// Who waits for an executor, and is not one: whoever is woken on the executor's thread may do
/// something at once.
#[derive(Default)]
struct Other(AtomicUsize);

impl Other {
    /// How often it was woken.
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Other {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        let world = WORLD.with_borrow(Clone::clone);
        if let Some(world) = world.filter(|_| !std::thread::panicking()) {
            for _ in 0..world.pick(4) {
                world.act();
            }
        }
    }
}

struct Output(Rc<World>, usize);

impl Drop for Output {
    fn drop(&mut self) {
        let mut tasks = self.0.tasks.borrow_mut();
        let known = &mut tasks[self.1];
        known.outputs_dropped += 1;
        // Whoever drops one that waits for its handle says so first.
        let too_early = known.state == Done && !std::thread::panicking();
        assert!(!too_early, "an output was dropped too early");
    }
}

/// A task's future, from its spawn to its drop.
struct Guard(Rc<World>, usize);

/// The future of a task with a handle.
struct Joined(Guard);

/// The future of a task that never has one.
struct Detached(Guard);

impl Future for Joined {
    type Output = Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        self.0.poll(cx).map(|()| {
            let Guard(world, id) = &self.0;
            world.tasks.borrow_mut()[*id].outputs += 1;
            Output(world.clone(), *id)
        })
    }
}

impl Future for Detached {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll(cx)
    }
}

impl Guard {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Guard(world, id) = self;
        let place = world.begin_poll(*id, cx.waker());
        for _ in 0..world.pick(4) {
            world.act();
        }
        let ends = |with_output| {
            world.current.take();
            world.tasks.borrow_mut()[*id].state = Dropping { with_output };
        };
        match world.pick(5) {
            0 | 1 => {
                ends(true);
                world.ended.set(Some(*id));
                Poll::Ready(())
            }
            2 => {
                ends(false);
                // A panic that no hook hears of.
                resume_unwind(Box::new(ByTheModel));
            }
            other => {
                if other == 3 {
                    world.wake(place, cx.waker());
                }
                let is_doomed = world.tasks.borrow()[*id].doomed;
                if is_doomed {
                    ends(false);
                    world.ended.set(Some(*id));
                } else {
                    world.current.take();
                    world.tasks.borrow_mut()[*id].state = Waiting;
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Guard(world, id) = self;
        {
            let mut tasks = world.tasks.borrow_mut();
            let known = &mut tasks[*id];
            known.futures_dropped += 1;
            match known.state {
                Outside => return,
                Waiting if world.clearing.get() > 0 => {
                    known.state = Dropping { with_output: false };
                }
                Dropping { .. } => {}
                // While a finding unwinds, this is its consequence, and a second panic would abort.
                _ if std::thread::panicking() => {}
                other => panic!("task {id} was dropped while {other:?}"),
            }
        }
        if world.pick(3) == 1 && !std::thread::panicking() {
            world.act();
        }
        let joiner = {
            let mut tasks = world.tasks.borrow_mut();
            let known = &mut tasks[*id];
            known.state = match (known.state, known.has_handle) {
                (Dropping { with_output: true }, true) => Done,
                (_, true) => Lost,
                (_, false) => Gone,
            };
            match known.joiner {
                Some(Joiner::Place(place)) => Some(place),
                _ => None,
            }
        };
        if let Some(joiner) = joiner {
            world.enqueue(joiner);
        }
    }
}

/// What a task panics with.
struct ByTheModel;

/// Runs the executor; `None` if a task panicked. What else panics is a finding and goes on.
fn survives<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<ByTheModel>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs an executor and its model through what the bytes say.
///
/// # Panics
/// When the two differ. The executor is not given back then.
pub fn run(bytes: &[u8]) {
    let executor = EXECUTOR.take().unwrap_or_else(new_executor);
    // SAFETY: this thread has taken it (`new_executor`).
    let local = unsafe { executor.steal() };
    let world = Rc::new(World {
        local,
        bytes: bytes[..bytes.len().min(LONGEST)].to_vec(),
        at: Cell::new(0),
        depth: Cell::new(0),
        clearing: Cell::new(0),
        tasks: RefCell::default(),
        living: RefCell::default(),
        queue: RefCell::default(),
        wakers: RefCell::default(),
        current: RefCell::default(),
        runs: RefCell::default(),
        runs_made: Cell::new(0),
        mains: Cell::new(0),
        driver: Cell::new(Driver::Nobody),
        ended: Cell::new(None),
        pass: RefCell::default(),
        parent: Arc::default(),
        parent_woken: Cell::new(0),
        is_parked: Cell::new(false),
    });
    WORLD.set(Some(world.clone()));
    while !world.is_over() {
        world.act();
    }
    world.end();
    WORLD.take();
    EXECUTOR.set(Some(executor));
}
