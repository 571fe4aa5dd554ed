//! The joiner of a task: the owner of the waker that polled the task's handle last.
//!
//! If the joiner is a task of the same executor, the awaited slot's state holds the distance of the
//! joiner's header, and no waker is kept. Any other waker is *foreign* and is cloned. With `std` the clone
//! lies in the awaited task's slot. Without `std`, where RAM is scarce, all tasks of the executor share one
//! register. There a second foreign waker replaces the first and wakes it, so that its owner polls its
//! handles and registers again: correct, but several foreign joiners wake each other for ever.

use core::task::Waker;

use crate::slot::SlotRef;
use crate::waker;

const IS_SHARED: bool = cfg!(not(feature = "std"));

/// Makes the owner of `waker` the joiner of a task that has not ended.
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

/// The task has no foreign joiner any more. Returns the waker that its slot kept, if any. The caller drops
/// that waker, which is user code.
pub(crate) fn forget(slot: SlotRef) -> Option<Waker> {
    if IS_SHARED { None } else { slot.foreign().take() }
}
