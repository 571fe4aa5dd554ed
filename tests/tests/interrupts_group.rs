//! A group, an executor, and their queue, from their own source files: interrupted before each of their
//! steps by a handler that wakes, by another thread's wake, and by weak exchanges that fail.
//!
//! With `std` nothing is promised of a handler on the owner's thread: `--no-default-features` runs this,
//! on the queue of feature `critical-section`, too.

#![cfg(not(feature = "std"))]
#![allow(dead_code, unused_imports, unexpected_cfgs)] // The scripts use a part of the crate.

// Here `core` is this crate: all that the sources take from it, with cells that can be interrupted.
extern crate self as core;
// And the sources' critical sections are those of the machine.
extern crate self as critical_section;
#[path = "../interrupts/cell.rs"]
pub mod cell;
pub use std::{convert, error, fmt, future, iter, marker, mem, ops, panic, pin, ptr};

#[path = "../interrupts/atomic.rs"]
mod atomic;
#[path = "../interrupts/machine.rs"]
mod machine;

// `rustfmt::skip`: the sources have a style of their own, which their own package checks.
#[rustfmt::skip]
#[path = "../../executor/src/executor/mod.rs"]
mod executor;
#[rustfmt::skip]
#[path = "../../executor/src/group.rs"]
mod group;
#[rustfmt::skip]
#[path = "../../executor/src/joiner.rs"]
mod joiner;
#[rustfmt::skip]
#[path = "../../executor/src/observe_off.rs"]
mod observe;
#[rustfmt::skip]
#[path = "../../executor/src/queue/mod.rs"]
mod queue;
#[rustfmt::skip]
#[path = "../../executor/src/run.rs"]
mod run;
#[rustfmt::skip]
#[path = "../../executor/src/slot/mod.rs"]
mod slot;
#[rustfmt::skip]
#[path = "../../executor/src/state.rs"]
mod state;
#[rustfmt::skip]
#[path = "../../executor/src/step.rs"]
mod step;
#[rustfmt::skip]
#[path = "../../executor/src/task.rs"]
mod handle;
/// Both `core::task` and `crate::task`.
pub mod task {
    pub(crate) use crate::handle::Task;
    pub use std::task::*;
}
#[rustfmt::skip]
#[path = "../../executor/src/waker.rs"]
mod waker;

/// A critical section.
pub fn with<R>(work: impl FnOnce(()) -> R) -> R {
    machine::masked(|| work(()))
}

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use executor::Executor;
use group::{Group, Wakes};
use machine::Interrupt;
use wakeful_tests::trace::Wakes as Parent;

const CHILDREN: usize = 3;

/// What children and handlers share.
#[derive(Default)]
struct World {
    wakers: RefCell<Vec<Option<Waker>>>,
    /// Children that are owed a poll.
    owed: RefCell<[bool; CHILDREN]>,
    polled: RefCell<Vec<usize>>,
}

impl World {
    fn poll(&self, child: usize, cx: &mut Context<'_>) -> Poll<()> {
        self.owed.borrow_mut()[child] = false;
        self.polled.borrow_mut().push(child);
        self.wakers.borrow_mut()[child] = Some(cx.waker().clone());
        Poll::Pending
    }

    fn wake(&self, child: usize) {
        let waker = self.wakers.borrow()[child].clone();
        if let Some(waker) = waker {
            self.owed.borrow_mut()[child] = true;
            waker.wake();
        }
    }
}

/// A group under two parents, of which the latest counts.
struct Driven<'a> {
    group: Pin<Box<Group<'a, CHILDREN>>>,
    parents: [Arc<Parent>; 2],
    latest: usize,
}

impl Driven<'_> {
    fn poll(&mut self, parent: usize) {
        self.latest = parent;
        self.parents[parent].take();
        let waker = Waker::from(self.parents[parent].clone());
        let poll = self.group.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
    }

    fn settle(&mut self) {
        while self.parents[self.latest].count() > 0 {
            self.poll(self.latest);
        }
    }
}

/// Drives a new group by the script, under a plan; whether the plan was carried out.
fn follow(
    wakes: &'static Wakes<CHILDREN>,
    world: &Rc<World>,
    script: &dyn Fn(&mut Driven<'_>, &World),
    plan: Vec<(usize, Interrupt)>,
) -> bool {
    *world.wakers.borrow_mut() = vec![None; CHILDREN];
    let mut children = [0, 1, 2].map(|n| {
        let world = world.clone();
        Box::pin(poll_fn(move |cx| world.poll(n, cx)))
    });
    let mut group = Group::new(wakes).expect("the last one is gone");
    for child in &mut children {
        assert!(group.add(child.as_mut()).is_ok());
    }
    let mut driven = Driven { group: Box::pin(group), parents: Default::default(), latest: 0 };
    driven.poll(0);
    driven.settle();
    let steps: Vec<_> = plan.iter().map(|entry| entry.0).collect();
    machine::begin(plan);
    script(&mut driven, world);
    driven.settle();
    let is_over = machine::end();
    let owed = *world.owed.borrow();
    assert_eq!(owed, [false; CHILDREN], "lost, with interrupts at {steps:?}");
    world.polled.take();
    for child in [1, 0, 2] {
        world.wake(child);
    }
    driven.settle();
    let polled = world.polled.take();
    assert_eq!(polled, [1, 0, 2], "with interrupts at {steps:?}");
    is_over
}

/// Follows the script with a wake before each step, and with two that are not far apart.
fn at_every_step(script: impl Fn(&mut Driven<'_>, &World)) {
    let wakes: &'static Wakes<CHILDREN> = Box::leak(Box::default());
    let world = Rc::<World>::default();
    let waking = |child: usize| -> Rc<dyn Fn()> {
        let world = world.clone();
        Rc::new(move || world.wake(child))
    };
    let mut steps = 0;
    for child in 0..CHILDREN {
        for at in 1.. {
            let kinds = [
                Interrupt::Elsewhere(waking(child)),
                Interrupt::WeakFailure,
                Interrupt::Here(waking(child)),
            ];
            let all = kinds.map(|kind| follow(wakes, &world, &script, vec![(at, kind)]));
            if all[2] {
                continue;
            }
            steps = steps.max(at);
            break;
        }
    }
    assert!(steps > 10, "only {steps} steps: the machine counts too few");
    for first in 1..steps {
        for second in first + 1..first + 30 {
            let plan = [(first, waking(2)), (second, waking(0))];
            let plan = plan.map(|(at, handler)| (at, Interrupt::Here(handler)));
            if !follow(wakes, &world, &script, plan.to_vec()) {
                break;
            }
        }
    }
}

#[test]
fn a_group_interrupted_at_every_step_on_its_way_to_sleep_polls_whom_the_handler_woke() {
    at_every_step(|driven, _| driven.poll(0));
}

#[test]
fn wakes_of_children_interrupted_at_every_step_are_all_answered() {
    at_every_step(|driven, world| {
        world.wake(0);
        world.wake(1);
        driven.poll(0);
    });
}

#[test]
fn a_groups_parent_replaced_while_interrupted_at_every_step_is_told() {
    at_every_step(|driven, world| {
        driven.poll(1);
        world.wake(1);
        driven.poll(0);
    });
}

#[test]
fn an_executors_first_sleep_interrupted_at_every_step_lets_the_next_parent_be_kept() {
    for at in 1.. {
        let executor: &'static Executor<1, 8> = Box::leak(Box::default());
        let waker = Rc::new(RefCell::new(None));
        let note = waker.clone();
        let main = poll_fn(move |cx| {
            *note.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        // Nothing was ever queued, unless the handler wakes main.
        let mut run = Box::pin(executor.take().expect("new").run_until(main));
        let handler = Rc::new(move || waker.borrow().iter().for_each(Waker::wake_by_ref));
        machine::begin([(at, Interrupt::Here(handler))]);
        let parents = [Parent::new(), Parent::new()];
        let mut poll = |parent: &Arc<Parent>| {
            let waker = Waker::from(parent.clone());
            assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        };
        poll(&parents[0]);
        poll(&parents[1]);
        let is_over = machine::end();
        for _ in 0..3 {
            if parents[1].take() > 0 {
                poll(&parents[1]);
            }
        }
        assert_eq!(parents[1].take(), 0, "woken for nothing, with an interrupt at {at}");
        if !is_over {
            assert!(at > 10, "only {at} steps: the machine counts too few");
            return;
        }
    }
}
