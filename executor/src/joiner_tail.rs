//! Wakers of other executors that await a task, each in its slot.
//!
//! Chosen by feature `std`. A task that is awaited by a task of the same executor keeps its distance.
//! Any other waker is kept in the awaited task's own slot. `joiner_shared` does with less RAM.
//!
//! A handle has one joiner: the waker that polled it last.

use core::task::Waker;

use crate::slot::{Handle, SlotRef};
use crate::waker;

/// The owner of `waker` awaits the task.
pub(crate) fn join(handle: &Handle, waker: &Waker) {
    let slot = handle.slot();
    // Dropping and cloning wakers is user code, which may end the task.
    let old = slot.tail().take();
    if waker::slot_of(waker).is_some_and(|joiner| handle.join(joiner)) {
        return drop(old);
    }
    let new = match old {
        Some(old) if old.will_wake(waker) => old,
        _ => waker.clone(),
    };
    if slot.is_over() {
        return new.wake();
    }
    handle.join_foreign();
    drop(slot.tail().replace(Some(new)));
}

/// The task has ended.
#[cold]
pub(crate) fn wake_foreign(slot: SlotRef) {
    if let Some(waker) = slot.tail().take() {
        waker.wake();
    }
}

/// The task's handle goes. The caller drops the waker at last.
pub(crate) fn forget(handle: &Handle) -> Option<Waker> {
    handle.slot().tail().take()
}
