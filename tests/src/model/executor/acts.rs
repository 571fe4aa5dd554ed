//! What is done to the executor and to the model, side by side.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use wakeful_executor::Task;

use super::State::*;
use super::{DEPTH, Future_, Model, Output, SLOTS, TASKS, World, survives};

impl World {
    /// Does something, decided by the next bytes.
    pub(super) fn act(self: &Rc<Self>) {
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

    pub(super) fn spawn(self: &Rc<Self>) {
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

    pub(super) fn wake_some(&self, from_a_thread: bool) {
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
    pub(super) fn some_handle(&self) -> Option<(usize, Task<Output>)> {
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

    pub(super) fn cancel(&self) {
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

    pub(super) fn detach(&self) {
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
    pub(super) fn join(&self) {
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

    pub(super) fn tick(&self) {
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

    /// Polls the run that is kept; after that it sleeps, or has asked to be polled again.
    pub(super) fn poll_run(&self) {
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

    pub(super) fn clear(&self) {
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

    /// Ends everything and counts the drops.
    pub(super) fn end(self: &Rc<Self>) {
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
