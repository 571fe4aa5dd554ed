//! Who awaits a task: the waker that polled its handle last.
//!
//! A task of the same executor is remembered by the distance of its header, which costs nothing. The
//! waker of any other executor is *foreign*, and is kept: on a host in the awaited task's own slot. Where
//! RAM is scarce, all tasks of the executor share one place. There a second foreign waker replaces the first and
//! wakes it, so that it registers again: correct, but several such joiners poll each other for ever.

use core::task::Waker;

use crate::slot::SlotRef;
use crate::waker;

const IS_SHARED: bool = cfg!(not(feature = "std"));

/// The owner of `waker` awaits the task, which goes on.
pub(crate) fn join(slot: SlotRef, waker: &Waker) {
    let own = waker::slot_of(waker).filter(|joiner| joiner.core() == slot.core());
    if own.is_some() {
        slot.join(own);
        return drop(forget(slot));
    }
    let new = waker.clone();
    if !slot.join(None) {
        // Cloning is user code, and has ended the task.
        return new.wake();
    }
    slot.core().wake_foreign.set(Some(wake_foreign));
    match slot.foreign().replace(Some(new)) {
        Some(old) if IS_SHARED && !old.will_wake(waker) => old.wake(),
        old => drop(old),
    }
}

/// The task has ended.
fn wake_foreign(slot: SlotRef) {
    // The waker is user code. It may put a new task into the slot, and cancel that, which must then be
    // dropped at once.
    slot.end_poll();
    if let Some(waker) = slot.foreign().take() {
        waker.wake();
    }
}

/// Nobody awaits the task any more. Gives the waker that was kept for it alone; dropping it is user code.
pub(crate) fn forget(slot: SlotRef) -> Option<Waker> {
    if IS_SHARED { None } else { slot.foreign().take() }
}
