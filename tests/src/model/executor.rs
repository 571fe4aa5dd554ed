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

impl World {
    fn pick(&self, many: usize) -> usize {
        let at = self.at.replace(self.at.get() + 1);
        self.bytes
            .get(at)
            .map_or(0, |&byte| usize::from(byte) % many)
    }

    fn is_over(&self) -> bool {
        self.at.get() >= self.bytes.len()
    }

    /// The task that lives in a slot, if it is still to be polled.
    fn tenant(&self, slot: usize) -> Option<usize> {
        let models = self.models.borrow();
        models
            .iter()
            .rposition(|model| model.slot == slot && matches!(model.state, Waiting | Polling))
    }

    fn dequeue(&self, id: usize) {
        let slot = self.models.borrow()[id].slot;
        self.queue
            .borrow_mut()
            .retain(|&(queued, _)| queued != slot);
    }

    fn enqueue(&self, slot: usize) {
        let mut queue = self.queue.borrow_mut();
        if !queue.iter().any(|&(queued, _)| queued == slot) {
            queue.push_back((slot, false));
        }
    }

    fn wake(&self, slot: usize, waker: &Waker) {
        if self.tenant(slot).is_some() {
            self.enqueue(slot);
        }
        waker.wake_by_ref();
    }

    /// How many slots are in use.
    fn len(&self) -> usize {
        let in_use = |model: &&Model| match model.state {
            Waiting | Polling | Dropping { .. } => true,
            Done | Lost => model.handle,
            Outside | Gone => false,
        };
        self.models.borrow().iter().filter(in_use).count()
    }

    /// Those that wait in the queue for their polls.
    fn ready(&self) -> usize {
        let queue = self.queue.borrow();
        let rests = |slot| {
            self.tenant(slot)
                .is_some_and(|id| self.models.borrow()[id].state == Waiting)
        };
        queue.iter().filter(|&&(slot, _)| rests(slot)).count()
    }

    fn begin_poll(&self, id: usize, waker: &Waker) {
        let slot = self.models.borrow()[id].slot;
        assert_eq!(self.models.borrow()[id].state, Waiting);
        let at = {
            let queue = self.queue.borrow();
            let at = queue.iter().position(|&(queued, _)| queued == slot);
            let at = at.expect("polled without a wake");
            for &(earlier, floats) in queue.iter().take(at) {
                let polling = self
                    .tenant(earlier)
                    .is_none_or(|id| self.models.borrow()[id].state == Polling);
                let here = queue[at].1;
                assert!(floats || polling || here, "slot {earlier} was woken first");
            }
            at
        };
        self.queue.borrow_mut().remove(at);
        self.models.borrow_mut()[id].state = Polling;
        self.wakers.borrow_mut().push((slot, waker.clone()));
        if let Some(Some(turn)) = self.turns.borrow_mut().last_mut() {
            assert!(!turn.contains(&id), "polled twice in a turn");
            turn.push(id);
        }
    }

    /// Does something, decided by the next bytes.
    fn act(self: &Rc<Self>) {
        if self.is_over() || self.depth.get() == DEPTH {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        match self.pick(12) {
            0..=2 => self.spawn(),
            3 | 4 => self.wake_some(false),
            5 => self.wake_some(true),
            6 => self.cancel(),
            7 => self.detach(),
            8 => self.join(),
            9 => self.tick(),
            10 => self.poll_run(),
            _ if self.pick(4) == 0 => self.clear(),
            _ => self.compare(),
        }
        self.depth.set(self.depth.get() - 1);
    }

    fn spawn(self: &Rc<Self>) {
        let id = self.models.borrow().len();
        if id == TASKS {
            return;
        }
        self.models.borrow_mut().push(Model {
            state: Outside,
            slot: 0,
            handle: true,
            doomed: false,
            futures_dropped: 0,
            outputs_dropped: 0,
        });
        self.handles.borrow_mut().push(None);
        self.joiners.borrow_mut().push(None);
        let is_full = self.len() == SLOTS;
        match self.local.spawn(Future_(self.clone(), id)) {
            Err(error) => {
                assert!(
                    is_full,
                    "refused although {} of {SLOTS} are used",
                    self.len()
                );
                drop(error.into_inner());
            }
            Ok(task) => {
                assert!(!is_full, "spawned although full");
                let slot = *self
                    .observer
                    .0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                assert!(self.tenant(slot).is_none());
                {
                    let model = &mut self.models.borrow_mut()[id];
                    (model.state, model.slot) = (Waiting, slot);
                }
                // A new tenant never inherits a place.
                self.queue
                    .borrow_mut()
                    .retain(|&(queued, _)| queued != slot);
                self.enqueue(slot);
                self.handles.borrow_mut()[id] = Some(task);
            }
        }
    }

    fn wake_some(&self, from_a_thread: bool) {
        let wakers = self.wakers.borrow().len();
        if wakers == 0 {
            return;
        }
        // One of the latest, mostly; stale ones are among them.
        let back = self.pick(8).min(wakers - 1);
        let (slot, waker) = self.wakers.borrow()[wakers - 1 - back].clone();
        if from_a_thread {
            if self.tenant(slot).is_some() {
                self.enqueue(slot);
            }
            let thread = std::thread::spawn(move || waker.wake());
            thread.join().expect("waking does not panic");
        } else {
            self.wake(slot, &waker);
        }
    }

    /// One of the handles that there are.
    fn some_handle(&self) -> Option<(usize, Task<Output>)> {
        let held: Vec<usize> = {
            let handles = self.handles.borrow();
            (0..handles.len())
                .filter(|&id| handles[id].is_some())
                .collect()
        };
        if held.is_empty() {
            return None;
        }
        let id = held[self.pick(held.len())];
        let task = self.handles.borrow_mut()[id].take()?;
        let state = self.models.borrow()[id].state;
        assert_eq!(task.is_finished(), matches!(state, Done | Lost));
        Some((id, task))
    }

    fn cancel(&self) {
        let Some((id, task)) = self.some_handle() else {
            return;
        };
        let found = {
            let model = &mut self.models.borrow_mut()[id];
            model.handle = false;
            let found = model.state;
            match found {
                Waiting => model.state = Dropping { with_output: false },
                Polling => model.doomed = true,
                Done | Lost => model.state = Gone,
                Dropping { .. } | Outside | Gone => {}
            }
            found
        };
        if self.pick(2) == 0 {
            let output = task.cancel();
            assert_eq!(output.is_some(), found == Done);
            assert!(
                output.is_none_or(|output| output.1 == id),
                "another's output"
            );
        } else {
            drop(task);
        }
        if found == Waiting {
            assert_eq!(self.models.borrow()[id].state, Gone);
        }
    }

    fn detach(&self) {
        let Some((id, task)) = self.some_handle() else {
            return;
        };
        {
            let model = &mut self.models.borrow_mut()[id];
            model.handle = false;
            if matches!(model.state, Done | Lost) {
                model.state = Gone;
            }
        }
        task.detach();
    }

    /// Polls a handle with a waker of its own.
    fn join(&self) {
        let Some((id, mut task)) = self.some_handle() else {
            return;
        };
        let wakes = self.joiners.borrow_mut()[id].take().unwrap_or_default();
        let waker = Waker::from(wakes.clone());
        let found = self.models.borrow()[id].state;
        if matches!(found, Done | Lost) {
            let model = &mut self.models.borrow_mut()[id];
            (model.state, model.handle) = (Gone, false);
        }
        let poll = catch_unwind(AssertUnwindSafe(|| {
            Pin::new(&mut task).poll(&mut Context::from_waker(&waker))
        }));
        match poll {
            Ok(Poll::Pending) => {
                assert!(!matches!(found, Done | Lost));
                wakes.take();
                self.joiners.borrow_mut()[id] = Some(wakes);
                self.handles.borrow_mut()[id] = Some(task);
            }
            Ok(Poll::Ready(output)) => assert!(found == Done && output.1 == id),
            Err(_) => assert_eq!(found, Lost),
        }
    }

    fn tick(&self) {
        let budget = [1, 2, usize::MAX][self.pick(3)];
        let ready = self.ready();
        self.turns.borrow_mut().push(Some(Vec::new()));
        let tick = survives(|| self.local.tick(budget));
        let turn = self.turns.borrow_mut().pop().flatten().unwrap_or_default();
        self.nested();
        assert!(turn.len() <= ready.min(budget), "a turn too long");
        if let Some(tick) = tick {
            assert_eq!(tick.polled, turn.len());
            assert!(tick.more || self.ready() == 0);
        }
    }

    /// Something ran the executor: whoever is being polled around it may have been popped.
    fn nested(&self) {
        let mut queue = self.queue.borrow_mut();
        for (slot, floats) in queue.iter_mut() {
            let polling = |id: usize| self.models.borrow()[id].state == Polling;
            *floats |= self.tenant(*slot).is_some_and(polling);
        }
    }

    /// Polls the run that is kept; after that it sleeps, or has asked to be polled again.
    fn poll_run(&self) {
        let Some(mut run) = self.run.borrow_mut().take() else {
            return;
        };
        self.told.take();
        self.asleep.set(false);
        self.turns.borrow_mut().push(None);
        let waker = Waker::from(self.told.clone());
        let poll = survives(|| {
            let Poll::Pending = run.as_mut().poll(&mut Context::from_waker(&waker));
        });
        self.turns.borrow_mut().pop();
        self.nested();
        self.asleep.set(poll.is_some());
        // Now and then the run is another one.
        if self.pick(8) == 7 {
            run = Box::pin(self.local.run());
            self.asleep.set(false);
        }
        *self.run.borrow_mut() = Some(run);
    }

    fn clear(&self) {
        let mut before = Vec::new();
        for (id, model) in self.models.borrow_mut().iter_mut().enumerate() {
            match model.state {
                Polling | Dropping { .. } => model.doomed = true,
                Waiting | Done => before.push(id),
                _ => {}
            }
        }
        self.clearing.set(self.clearing.get() + 1);
        self.local.clear();
        self.clearing.set(self.clearing.get() - 1);
        for id in before {
            let state = self.models.borrow()[id].state;
            assert!(matches!(state, Lost | Gone), "task {id} was left {state:?}");
        }
    }

    /// What can be seen from outside.
    fn compare(&self) {
        assert_eq!(self.local.len(), self.len());
        assert_eq!(self.local.is_empty(), self.len() == 0);
        for (id, joiner) in self.joiners.borrow().iter().enumerate() {
            let is_over = matches!(self.models.borrow()[id].state, Done | Lost);
            if let (true, Some(wakes)) = (is_over, joiner) {
                assert!(wakes.count() > 0, "who joins task {id} was not told");
            }
        }
        if self.asleep.get() && self.told.count() == 0 {
            assert_eq!(self.ready(), 0, "the run sleeps and was not told");
        }
    }

    /// Ends everything and counts the drops.
    fn end(self: &Rc<Self>) {
        for _ in 0..4 * TASKS {
            self.tick();
        }
        assert_eq!(self.ready(), 0, "ready for ever");
        self.compare();
        while self.handles.borrow().iter().any(Option::is_some) {
            self.cancel();
        }
        self.clear();
        assert_eq!((self.local.len(), self.len()), (0, 0));
        for (id, model) in self.models.borrow().iter().enumerate() {
            assert_eq!(model.futures_dropped, 1, "future {id}");
            assert!(model.outputs_dropped <= 1, "output {id}");
        }
        self.run.take();
        self.wakers.take();
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
