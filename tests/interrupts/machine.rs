//! A processor that can be interrupted before any access to memory.
//!
//! The executor's sources are compiled over atomics and cells that call [`step`] first. A plan says
//! before which steps something comes in between: a handler on the same thread, another thread's
//! doing, or a weak exchange that fails for no reason. Handlers take steps too, so the second entry
//! of a plan may interrupt the handler of the first.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// What comes in between.
#[derive(Clone)]
pub(crate) enum Interrupt {
    /// A signal's or an interrupt's handler, on the thread that it interrupts.
    Here(Rc<dyn Fn()>),
    /// Another thread, in one go.
    Elsewhere(Rc<dyn Fn()>),
    /// Nothing, but if this step is a weak exchange, it fails.
    WeakFailure,
}

#[derive(Default)]
struct Machine {
    steps: Cell<usize>,
    plan: RefCell<VecDeque<(usize, Interrupt)>>,
    /// Steps do not count, and nothing comes in between.
    is_alone: Cell<bool>,
    fails: Cell<bool>,
}

/// More steps than any script takes.
const FOR_EVER: usize = 100_000;

thread_local! {
    static MACHINE: Machine = Machine::default();
}

/// Counts from zero, with this plan, whose steps go up: those of one step come one after the other.
pub(crate) fn begin(plan: impl IntoIterator<Item = (usize, Interrupt)>) {
    MACHINE.with(|machine| {
        machine.steps.set(0);
        *machine.plan.borrow_mut() = plan.into_iter().collect();
    });
}

/// Drops what is left of the plan; whether nothing was.
pub(crate) fn end() -> bool {
    MACHINE.with(|machine| machine.plan.take().is_empty())
}

/// Does `work` with interrupts masked, and other threads kept out.
#[allow(dead_code)] // Only the queue of feature `critical-section` has such work.
pub(crate) fn masked<R>(work: impl FnOnce() -> R) -> R {
    step();
    MACHINE.with(|machine| {
        let before = machine.is_alone.replace(true);
        let result = work();
        machine.is_alone.set(before);
        result
    })
}

/// An access to memory is about to happen.
pub(crate) fn step() {
    MACHINE.with(|machine| {
        machine.fails.set(false);
        if machine.is_alone.get() {
            return;
        }
        let step = machine.steps.get() + 1;
        machine.steps.set(step);
        assert!(step < FOR_EVER, "a chain or a loop without an end");
        while let Some(interrupt) = machine.planned_at(step) {
            match interrupt {
                Interrupt::Here(handler) => {
                    handler();
                    machine.fails.set(false);
                }
                Interrupt::Elsewhere(work) => {
                    machine.is_alone.set(true);
                    work();
                    machine.is_alone.set(false);
                }
                Interrupt::WeakFailure => machine.fails.set(true),
            }
        }
    });
}

impl Machine {
    /// What comes next, if it comes before this step.
    fn planned_at(&self, step: usize) -> Option<Interrupt> {
        let mut plan = self.plan.borrow_mut();
        let is_now = plan.front().is_some_and(|&(planned, _)| planned == step);
        let next = is_now.then(|| plan.pop_front()).flatten();
        next.map(|(_, interrupt)| interrupt)
    }
}

/// Whether a weak exchange, whose [`step`] was just taken, fails.
pub(crate) fn weak_fails() -> bool {
    MACHINE.with(|machine| machine.fails.take())
}
