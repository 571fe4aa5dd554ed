//! The executor against a naive model of it: a plain queue of slots and a list of tasks.
//!
//! One stream of bytes decides everything: what is done from outside, what each poll does, what
//! each drop does. Every act is done to the executor and to the model, from wherever it happens, so
//! tasks spawn, wake, cancel, clear and run the executor from inside polls and drops. The model is
//! asked at each poll whether this is whose turn it is; nothing is ever polled "to be sure", so a
//! lost wake stays lost and is found.
//!
//! Only one thing is left open: a task that is woken in its poll, and popped by a turn inside that
//! poll, may come back at any place of the queue (*floating*).

mod acts;
mod known;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use wakeful_executor::{LocalExecutor, Observe, Task, TaskId};

use crate::trace::{Wakes, fresh};

/// Awaiting a task that was lost panics by promise 8.
pub const EXPECTED_PANICS: &[&str] = &["wakeful: the awaited task"];

const SLOTS: usize = 5;
/// Futures and outputs fill their slots.
const BYTES: usize = size_of::<Output>();
const _: () = assert!(size_of::<Future_>() == BYTES);
/// How deep acts nest: an act in a drop in a turn in a poll.
const DEPTH: usize = 4;
const TASKS: usize = 200;

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
    Done,
    Lost,
    Gone,
}

use State::*;

struct Model {
    state: State,
    slot: usize,
    handle: bool,
    doomed: bool,
    futures_dropped: u32,
    outputs_dropped: u32,
}

/// What is known of everything, shared by all futures of a run.
struct World {
    local: LocalExecutor<BYTES>,
    observer: &'static Slots,
    bytes: Vec<u8>,
    at: Cell<usize>,
    depth: Cell<usize>,
    clearing: Cell<usize>,
    models: RefCell<Vec<Model>>,
    /// Slots with whether they float.
    queue: RefCell<VecDeque<(usize, bool)>>,
    handles: RefCell<Vec<Option<Task<Output>>>>,
    joiners: RefCell<Vec<Option<Arc<Wakes>>>>,
    wakers: RefCell<Vec<(usize, Waker)>>,
    /// The tasks polled in each turn that is going on; `None` for a run.
    turns: RefCell<Vec<Option<Vec<usize>>>>,
    run: RefCell<Option<Pin<Box<dyn Future<Output = std::convert::Infallible>>>>>,
    told: Arc<Wakes>,
    asleep: Cell<bool>,
}

/// Remembers the slot of the latest spawn.
#[derive(Default)]
struct Slots(Mutex<usize>);

impl Observe for Slots {
    fn spawned(&self, task: TaskId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = task.slot;
    }
}

struct Output(Rc<World>, usize);

impl Drop for Output {
    fn drop(&mut self) {
        let mut models = self.0.models.borrow_mut();
        let model = &mut models[self.1];
        model.outputs_dropped += 1;
        // Waiting in its slot, it is dropped by `clear` alone; everybody else says so first.
        if model.state == Done {
            let may = self.0.clearing.get() > 0 || std::thread::panicking();
            assert!(may, "an output was dropped too early");
            model.state = if model.handle { Lost } else { Gone };
        }
    }
}

struct Future_(Rc<World>, usize);

impl Future for Future_ {
    type Output = Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let (world, id) = (self.0.clone(), self.1);
        world.begin_poll(id, cx.waker());
        for _ in 0..world.pick(4) {
            world.act();
        }
        match world.pick(5) {
            0 | 1 => {
                world.models.borrow_mut()[id].state = Dropping { with_output: true };
                world.dequeue(id);
                Poll::Ready(Output(world, id))
            }
            2 => {
                world.models.borrow_mut()[id].state = Dropping { with_output: false };
                world.dequeue(id);
                // A panic that no hook hears of.
                resume_unwind(Box::new(ByTheModel));
            }
            other => {
                if other == 3 {
                    let slot = world.models.borrow()[id].slot;
                    world.wake(slot, cx.waker());
                }
                let mut models = world.models.borrow_mut();
                if models[id].doomed {
                    models[id].state = Dropping { with_output: false };
                    drop(models);
                    world.dequeue(id);
                } else {
                    models[id].state = Waiting;
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Future_ {
    fn drop(&mut self) {
        let (world, id) = (&self.0, self.1);
        {
            let mut models = world.models.borrow_mut();
            let model = &mut models[id];
            model.futures_dropped += 1;
            match model.state {
                Outside => return,
                Waiting if world.clearing.get() > 0 => {
                    model.state = Dropping { with_output: false };
                    model.doomed = true;
                }
                Dropping { .. } => {}
                // While a finding unwinds, this is its consequence, and a second panic would abort.
                _ if std::thread::panicking() => {}
                other => panic!("task {id} was dropped while {other:?}"),
            }
        }
        world.dequeue(id);
        if world.pick(3) == 1 && !std::thread::panicking() {
            world.act();
        }
        let mut models = world.models.borrow_mut();
        let model = &mut models[id];
        model.state = match (model.state, model.handle, model.doomed) {
            (Dropping { with_output: true }, true, false) => Done,
            (_, true, _) => Lost,
            (_, false, _) => Gone,
        };
    }
}

/// What a task panics with.
struct ByTheModel;

/// Runs the executor; whether a task panicked. What else panics is a finding and goes on.
fn survives<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<ByTheModel>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs an executor and its model through what the bytes say.
pub fn run(bytes: &[u8]) {
    let local = fresh::<SLOTS, BYTES>();
    let observer: &'static Slots = Box::leak(Box::default());
    assert!(local.observe(observer));
    let world = Rc::new(World {
        local,
        observer,
        bytes: bytes.to_vec(),
        at: Cell::new(0),
        depth: Cell::new(0),
        clearing: Cell::new(0),
        models: RefCell::default(),
        queue: RefCell::default(),
        handles: RefCell::default(),
        joiners: RefCell::default(),
        wakers: RefCell::default(),
        turns: RefCell::default(),
        run: RefCell::new(Some(Box::pin(local.run()))),
        told: Wakes::new(),
        asleep: Cell::new(false),
    });
    while !world.is_over() {
        world.act();
        world.compare();
    }
    world.end();
}
