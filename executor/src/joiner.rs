//! Who awaits a task: the waker that polled its handle last.
//!
//! A task of the same executor is remembered by the distance of its header, which costs nothing. The
//! waker of any other executor is *foreign*, and is kept: on a host in the awaited task's own slot. Where
//! RAM is scarce, all tasks of the executor share one place. There a second foreign waker replaces the first and
//! wakes it, so that it registers again: correct, but several such joiners poll each other for ever.

use core::task::Waker;

use crate::slot::SlotRef;
use crate::state::State;
use crate::waker;

const IS_SHARED: bool = cfg!(not(feature = "std"));

/// The owner of `waker` awaits the task, which goes on.
pub(crate) fn join(slot: SlotRef, waker: &Waker) {
    if waker::slot_of(waker).is_some_and(|joiner| slot.join(joiner)) {
        return drop(forget(slot));
    }
    let new = waker.clone();
    // Cloning is user code, which may have ended the task.
    if slot.is_over() {
        return new.wake();
    }
    slot.state().set(State::HANDLE);
    slot.core().wake_foreign.set(Some(wake_foreign));
    match slot.foreign().replace(Some(new)) {
        Some(old) if IS_SHARED && !old.will_wake(waker) => old.wake(),
        old => drop(old),
    }
}

/// The task has ended.
fn wake_foreign(slot: SlotRef) {
    let core = slot.core();
    if core.current.get() == Some(slot) {
        // The poll is over for the slot, though not yet on the stack. The waker is user code, which may
        // put a new task into the slot, and cancel that, too.
        core.current.set(None);
        core.after_poll.set(None);
    }
    if let Some(waker) = slot.foreign().take() {
        waker.wake();
    }
}

/// Nobody awaits the task any more. Gives the waker that was kept for it alone; dropping it is user code.
pub(crate) fn forget(slot: SlotRef) -> Option<Waker> {
    if IS_SHARED { None } else { slot.foreign().take() }
}
