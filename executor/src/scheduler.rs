//! The scheduler: what happens to tasks, whatever the types of their futures.
//!
//! No borrow is held while user code runs: a poll, a drop, or a waker's function. All state is in
//! cells, which are read, written and left. So user code may spawn, cancel, clear and wake.

#![allow(clippy::let_unit_value)] // Without `std`, `joiner::forget` has nothing to give.

use crate::joiner;
use crate::slot::{CoreRef, Ended, Gone, Handle, SlotRef, Slots};
use crate::waker;

impl Slots {
    /// Drops every future. Outputs stay for their handles.
    pub(crate) fn clear(self) {
        self.touched().for_each(SlotRef::drop_future);
    }
}

impl CoreRef {
    /// Takes the slot that was woken first, and polls its task if there is one.
    pub(crate) fn run_one(self) -> Option<(SlotRef, bool)> {
        let slot = self.pop()?;
        Some((slot, slot.poll(self)))
    }
}

/// A task ends.
pub(crate) fn finish(gone: Gone) {
    let slot = gone.slot;
    let core = slot.core();
    core.ended();
    let ended = gone.end();
    // After the step is gone: an observer that panics would leave it, and drop the future twice.
    core.observers.completed(&slot.serial);
    match ended {
        Ended::Vacant(vacant) => core.release(vacant),
        Ended::Kept => {}
        Ended::AwaitedByForeign(slot) => joiner::wake_foreign(slot),
        Ended::AwaitedBy(slot) => waker::wake(slot),
    }
}

/// A task that never had a handle ends.
pub(crate) fn finish_detached(gone: Gone) {
    let slot = gone.slot;
    let core = slot.core();
    core.ended();
    let vacant = gone.end_detached();
    // As above.
    core.observers.completed(&slot.serial);
    core.release(vacant);
}

/// The handle of a task without output goes, and the task with it.
#[inline(never)]
pub(crate) fn cancel(handle: Handle) {
    let core = handle.slot().core();
    let _joiner = joiner::forget(&handle);
    if let Some(vacant) = handle.cancel() {
        core.release(vacant);
    }
}

/// The handle of a task without output goes, and the task stays.
pub(crate) fn detach(handle: Handle) {
    let core = handle.slot().core();
    let _joiner = joiner::forget(&handle);
    if let Some(vacant) = handle.detach() {
        core.release(vacant);
    }
}
