//! Wakers of other executors that await a task, in one register for the whole executor.
//!
//! Chosen without `std`. A task that is awaited by a task of the same executor keeps its distance,
//! which costs nothing. Any other waker comes here. A second one replaces the first and wakes it, so
//! that it registers again: correct, but several such tasks poll each other for ever.
//!
//! The end of the awaited task queues main's slot, and main's turn wakes what is registered: as long as
//! nobody drives the executor, the waker is not woken. A program that has no such waker contains none
//! of this.

use core::task::Waker;

use crate::slot::{Handle, SlotRef};
use crate::waker;

/// The owner of `waker` awaits the task.
pub(crate) fn join(handle: &Handle, waker: &Waker) {
    if waker::slot_of(waker).is_some_and(|joiner| handle.join(joiner)) {
        return;
    }
    let new = waker.clone();
    // Cloning is user code, which may have ended the task.
    if handle.slot().is_over() {
        return new.wake();
    }
    let core = handle.slot().core();
    handle.join(core.wake_foreign_at_turn());
    match core.foreign.replace(Some(new)) {
        Some(old) if !old.will_wake(waker) => old.wake(),
        old => drop(old),
    }
}

/// The task's handle goes. What is registered stays: it may wait for another task.
pub(crate) fn forget(_: &Handle) {}

/// Does not happen: the owner of such a waker awaits as main does.
pub(crate) fn wake_foreign(_: SlotRef) {}
