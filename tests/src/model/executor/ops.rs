//! What is done to the executor and to the model, side by side.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use wakeful_executor::Task;

use super::State::*;
use super::known::wake_elsewhere;
use super::{
    DEPTH, Detached, Guard, Joined, Joiner, Known, LOST, Other, Output, SLOTS, SPAWNED, TASKS,
    WORLD, World,
};
use crate::trace::text_of;

/// Whether to print each operation, indented as deep as it is nested: `WAKEFUL_OPS=1`.
static PRINTED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("WAKEFUL_OPS").is_some());

/// Something that is done. The numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Spawn {
        with_handle: bool,
    },
    Wake {
        back: usize,
        elsewhere: bool,
    },
    Cancel {
        which: usize,
        by_drop: bool,
    },
    Detach {
        which: usize,
    },
    /// Awaits a task, with the waker of whoever is being polled or with a foreign one.
    Join {
        which: usize,
        as_current: bool,
    },
    Tick {
        budget: usize,
    },
    PollRun,
    /// Never returns, so it is tried only where it must be refused.
    RunWithIdle,
    MakeRun {
        kind: usize,
    },
    Drive {
        which: usize,
    },
    DropRun {
        which: usize,
    },
    Clear,
}

impl World {
    /// The next bytes as an operation.
    fn op(&self) -> Op {
        match self.pick(20) {
            0..=2 => Op::Spawn { with_handle: true },
            3 => Op::Spawn { with_handle: false },
            4..=6 => Op::Wake { back: self.pick(12), elsewhere: false },
            7 => Op::Wake { back: self.pick(12), elsewhere: true },
            8 | 9 => Op::Cancel { which: self.pick(SLOTS), by_drop: self.pick(2) == 1 },
            10 => Op::Detach { which: self.pick(SLOTS) },
            11 | 12 => Op::Join { which: self.pick(SLOTS), as_current: self.pick(2) == 1 },
            13 => Op::Tick { budget: [usize::MAX, 1, 2, 0][self.pick(4)] },
            14 => Op::PollRun,
            15 => Op::MakeRun { kind: self.pick(3) },
            16 | 17 => Op::Drive { which: self.pick(3) },
            18 => Op::DropRun { which: self.pick(3) },
            _ if self.pick(3) == 0 => Op::Clear,
            _ => Op::RunWithIdle,
        }
    }

    /// Does something, decided by the next bytes.
    pub(super) fn act(self: &Rc<Self>) {
        if self.is_over() || self.depth.get() == DEPTH {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        let op = self.op();
        if *PRINTED {
            eprintln!("{:1$}{op:?}", "", 2 * self.depth.get());
        }
        match op {
            Op::Spawn { with_handle } => self.spawn(with_handle),
            Op::Wake { back, elsewhere } => self.wake_some(back, elsewhere),
            Op::Cancel { which, by_drop } => self.cancel(which, by_drop),
            Op::Detach { which } => self.detach(which),
            Op::Join { which, as_current } => self.join(which, as_current),
            Op::Tick { budget } => self.tick(budget),
            Op::PollRun => self.poll_run(),
            Op::RunWithIdle => self.run_with_idle(),
            Op::MakeRun { kind } => self.make_run(kind),
            Op::Drive { which } => self.drive(which),
            Op::DropRun { which } => self.drop_run(which),
            Op::Clear => self.clear(),
        }
        self.compare();
        self.depth.set(self.depth.get() - 1);
    }

    fn spawn(self: &Rc<Self>, with_handle: bool) {
        let id = self.tasks.borrow().len();
        if id == TASKS {
            return;
        }
        self.tasks.borrow_mut().push(Known {
            state: Outside,
            place: usize::MAX,
            has_handle: with_handle,
            handle: None,
            joiner: None,
            doomed: false,
            futures_dropped: 0,
            outputs: 0,
            outputs_dropped: 0,
        });
        self.living.borrow_mut().push(id);
        let is_full = self.len() == SLOTS;
        let guard = Guard(self.clone(), id);
        // The parent may be woken in here, when the model does not know yet that the task is there.
        let world = WORLD.take();
        let spawned = if with_handle {
            let spawned = self.local.spawn(Joined(guard));
            spawned.map(Some).map_err(|error| error.into_inner().0)
        } else {
            let spawned = self.local.spawn_detached(Detached(guard));
            spawned.map(|()| None).map_err(|error| error.into_inner().0)
        };
        WORLD.set(world);
        match spawned {
            Err(guard) => {
                assert!(is_full, "refused with {} of {SLOTS} slots used", self.len());
                assert_eq!(guard.1, id, "another future came back");
                drop(guard);
                self.tasks.borrow_mut()[id].state = Gone;
            }
            Ok(handle) => {
                assert!(!is_full, "spawned although full");
                let place = SPAWNED.get();
                let here = |known: &Known| known.place == place && known.is_in_use();
                assert!(!self.has(here), "slot {place} is in use");
                {
                    let known = &mut self.tasks.borrow_mut()[id];
                    (known.state, known.place, known.handle) = (Waiting, place, handle);
                }
                self.enqueue(place);
            }
        }
    }

    fn wake_some(&self, back: usize, elsewhere: bool) {
        let (place, waker) = {
            let wakers = self.wakers.borrow();
            let Some(last) = wakers.len().checked_sub(1) else { return };
            wakers[last - back.min(last)].clone()
        };
        if elsewhere {
            self.enqueue(place);
            wake_elsewhere(waker);
        } else {
            self.wake(place, &waker);
        }
    }

    /// One of the handles that there are.
    fn some_handle(&self, which: usize) -> Option<(usize, Task<Output>)> {
        let (id, task, state) = {
            let mut tasks = self.tasks.borrow_mut();
            let living = self.living.borrow();
            let mut held = living.iter().filter(|&&id| tasks[id].handle.is_some());
            let count = held.clone().count();
            let id = *held.nth(which % count.max(1))?;
            (id, tasks[id].handle.take()?, tasks[id].state)
        };
        assert_eq!(task.is_finished(), matches!(state, Done | Lost));
        Some((id, task))
    }

    fn cancel(&self, which: usize, by_drop: bool) {
        let Some((id, task)) = self.some_handle(which) else { return };
        let found = {
            let known = &mut self.tasks.borrow_mut()[id];
            known.has_handle = false;
            known.joiner = None;
            let found = known.state;
            match found {
                Waiting => known.state = Dropping { with_output: false },
                Polling => known.doomed = true,
                Done | Lost => known.state = Gone,
                Dropping { .. } | Outside | Gone => {}
            }
            found
        };
        if by_drop {
            drop(task);
        } else {
            let output = task.cancel();
            assert_eq!(output.is_some(), found == Done, "an output of task {id}");
            assert!(output.is_none_or(|output| output.1 == id), "another's output");
        }
        if found == Waiting {
            assert_eq!(self.tasks.borrow()[id].state, Gone);
        }
    }

    fn detach(&self, which: usize) {
        let Some((id, task)) = self.some_handle(which) else { return };
        {
            let known = &mut self.tasks.borrow_mut()[id];
            known.has_handle = false;
            known.joiner = None;
            if matches!(known.state, Done | Lost) {
                known.state = Gone;
            }
        }
        task.detach();
    }

    fn join(&self, which: usize, as_current: bool) {
        let current = self.current.borrow().clone().filter(|_| as_current);
        // Without `std`, foreign wakers share one place, and are woken some time later.
        if current.is_none() && !cfg!(feature = "std") {
            return;
        }
        let Some((id, mut task)) = self.some_handle(which) else { return };
        let (joiner, waker) = match current {
            Some((place, waker)) => (Joiner::Place(place), waker),
            None => {
                let other = Arc::<Other>::default();
                (Joiner::Foreign(other.clone()), Waker::from(other))
            }
        };
        let found = {
            let known = &mut self.tasks.borrow_mut()[id];
            let found = known.state;
            if matches!(found, Done | Lost) {
                (known.state, known.has_handle, known.joiner) = (Gone, false, None);
            }
            found
        };
        let poll = catch_unwind(AssertUnwindSafe(|| {
            Pin::new(&mut task).poll(&mut Context::from_waker(&waker))
        }));
        match poll {
            Ok(Poll::Pending) => {
                assert!(!matches!(found, Done | Lost), "task {id} has ended");
                let known = &mut self.tasks.borrow_mut()[id];
                (known.joiner, known.handle) = (Some(joiner), Some(task));
            }
            Ok(Poll::Ready(output)) => {
                assert!(found == Done && output.1 == id, "an output of task {id}");
            }
            Err(payload) => {
                assert!(text_of(&*payload).starts_with(LOST), "another panic");
                assert_eq!(found, Lost);
            }
        }
    }

    fn clear(&self) {
        let mut before = Vec::new();
        for &id in &*self.living.borrow() {
            let known = &mut self.tasks.borrow_mut()[id];
            match known.state {
                Polling => known.doomed = true,
                Waiting => before.push(id),
                _ => {}
            }
        }
        self.clearing.set(self.clearing.get() + 1);
        self.local.clear();
        self.clearing.set(self.clearing.get() - 1);
        for id in before {
            let state = self.tasks.borrow()[id].state;
            assert!(!matches!(state, Waiting | Polling), "task {id} was left {state:?}");
        }
    }

    /// Ends everything, counts the drops, and leaves the executor as it was.
    pub(super) fn end(self: &Rc<Self>) {
        while !self.runs.borrow().is_empty() {
            self.drop_run(0);
        }
        // With the bytes used up, every poll is the task's last.
        for _ in 0..=TASKS {
            self.tick(usize::MAX);
        }
        self.compare();
        while self.has(|known| known.handle.is_some()) {
            self.cancel(0, false);
        }
        self.clear();
        self.tick(usize::MAX);
        self.compare();
        assert!(self.local.is_empty() && !self.local.has_ready());
        for (id, known) in self.tasks.borrow().iter().enumerate() {
            assert_eq!(known.futures_dropped, 1, "drops of future {id}");
            assert_eq!(known.outputs_dropped, known.outputs, "drops of output {id}");
        }
        assert_eq!(self.mains.get(), 0, "mains that were not dropped");
        self.wakers.take();
    }
}
