//! Several runs of one executor that wait under different parents: each is told what concerns it, and
//! all of them come to rest.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use wakeful_executor::LocalExecutor;
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::model::{Choices, random_inputs};
use wakeful_tests::trace::{Gate, Trace, Wakes, fresh};

use super::poll_with;

/// A run that its own parent polls, when it is told and not otherwise.
struct Family {
    wakes: Arc<Wakes>,
    /// What main waits at; none for a run without main.
    gate: Option<Gate>,
    run: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// The parent has polled it for the last time, by a waker that nobody hears, and keeps it.
    is_gone: bool,
}

impl Family {
    fn new(local: LocalExecutor<128>, has_main: bool) -> Self {
        let gate = has_main.then(Gate::new);
        let run: Pin<Box<dyn Future<Output = ()>>> = match &gate {
            Some(gate) => Box::pin(local.run_until(gate.pass(&Trace::new(), "main"))),
            None => Box::pin(async move {
                local.run().await;
            }),
        };
        Self {
            wakes: Wakes::new(),
            gate,
            run: Some(run),
            is_gone: false,
        }
    }

    fn poll(&mut self) {
        if self.is_gone {
            return;
        }
        let waker = Waker::from(self.wakes.clone());
        if let Some(run) = &mut self.run {
            if poll_with(run.as_mut(), &waker) == Poll::Ready(()) {
                self.run = None;
            }
        }
    }
}

/// Polls whoever was told until nobody is, which must come soon; how many polls it took.
fn settle(families: &mut [Family]) -> usize {
    for polls in 0..200 {
        let mut told = families.iter_mut().filter(|family| family.run.is_some());
        match told.find(|family| family.wakes.take() > 0) {
            Some(family) => family.poll(),
            None => return polls,
        }
    }
    panic!("the parents keep telling each other");
}

#[test]
fn runs_that_wait_under_different_parents_come_to_rest() {
    for many in 1..=6 {
        let local = fresh::<2, 128>();
        let mut families: Vec<_> = (0..many)
            .map(|index| Family::new(local, index != 2))
            .collect();
        families.iter_mut().for_each(Family::poll);
        assert!(settle(&mut families) <= many * many, "{many} runs");
        // A task's wake concerns one of them, whichever it is.
        let gate = Gate::new();
        let task = local.spawn(gate.pass(&Trace::new(), "task"));
        task.expect("there is room").detach();
        assert!(settle(&mut families) <= many * many, "{many} runs");
        gate.open();
        assert_eq!(settle(&mut families), 1, "{many} runs");
        assert!(local.is_empty());
    }
}

#[test]
fn each_of_several_runs_is_told_of_its_mains_turn_and_of_the_end_of_those_it_relied_on() {
    let rounds = if cfg!(miri) { 10 } else { 3_000 };
    for bytes in random_inputs(7, rounds, 60) {
        let local = fresh::<4, 128>();
        let mut choices = Choices::new(&bytes);
        let many = 2 + choices.pick(5).unwrap_or_default();
        let mut families: Vec<_> = (0..many)
            .map(|index| Family::new(local, index > 0 || bytes[1] % 4 != 0))
            .collect();
        let mut tasks = Vec::new();
        while let (Some(what), Some(who)) = (choices.pick(8), choices.pick(many)) {
            match what {
                // A poll that nobody asked for, which may be the first one.
                0..=3 => families[who].poll(),
                4 if who > 1 => families[who].run = None,
                4 => {
                    let gone = &mut families[who];
                    if let Some(run) = &mut gone.run {
                        if poll_with(run.as_mut(), Waker::noop()).is_ready() {
                            gone.run = None;
                        }
                    }
                    gone.is_gone = true;
                }
                5 | 6 => {
                    let gate = Gate::new();
                    let task = local.spawn(gate.pass(&Trace::new(), "task"));
                    if let Ok(task) = task {
                        task.detach();
                        tasks.push(gate);
                    }
                }
                _ => {
                    if let Some(gate) = tasks.pop() {
                        gate.open();
                    }
                }
            }
            if choices.pick(3) != Some(0) {
                settle(&mut families);
            }
        }
        // Everybody is polled once, and from then on only when told.
        let listens = |family: &&mut Family| !family.is_gone;
        families.iter_mut().filter(listens).for_each(Family::poll);
        settle(&mut families);
        tasks.iter().for_each(Gate::open);
        settle(&mut families);
        let run = |family: &Family| family.run.is_some() && !family.is_gone;
        assert!(local.is_empty() || !families.iter().any(run));
        for index in 0..many {
            if let (Some(gate), false) = (&families[index].gate, families[index].is_gone) {
                gate.open();
                settle(&mut families);
                assert!(families[index].run.is_none(), "run {index} was not told");
            }
        }
    }
}

#[test]
fn a_parent_whose_waker_panics_is_told_of_the_next_wake_all_the_same() {
    let local = fresh::<1, 128>();
    let (gate, told) = (Gate::new(), Rc::new(Cell::new(0)));
    let task = local.spawn(gate.pass(&Trace::new(), "task"));
    task.expect("there is room").detach();
    let parent = acting_waker({
        let told = told.clone();
        move |event| {
            if event == WakerEvent::Woken {
                told.set(told.get() + 1);
                assert!(told.get() > 1, "the first wake panics");
            }
        }
    });
    let mut run = pin!(local.run());
    assert!(poll_with(run.as_mut(), &parent).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| gate.wake())).is_err());
    // Polled, it sleeps again, and does not ask at once to be polled.
    for wakes in 2..5 {
        assert!(poll_with(run.as_mut(), &parent).is_pending());
        assert_eq!(told.get(), wakes - 1);
        gate.wake();
        assert_eq!(told.get(), wakes);
    }
    // Another parent's waker finds the register free.
    let next = Wakes::new();
    assert!(poll_with(run.as_mut(), &next.clone().into()).is_pending());
    assert_eq!(next.count(), 0);
}
