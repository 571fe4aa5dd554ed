//! How a task ends, and what happens when its handle goes.
//!
//! A task ends when its future is dropped: because it is ready, has panicked, or was cancelled or
//! cleared. Its slot is free again when the handle is gone, too. There are three orders:
//!
//! - The future is dropped first. [`finish`] wakes the joiner, which is the task that awaits the
//!   handle. The slot is released when the handle takes the output ([`take`]), or is dropped or
//!   detached without it ([`cancel`], [`detach`]).
//! - The handle is dropped or detached first. Then `finish` releases the slot.
//! - There never was a handle. Then [`finish_detached`] releases the slot.
//!
//! No borrow is held while user code runs: a poll, a drop, or a waker's function. All state is in
//! cells, which are read, written and left. So user code may spawn, cancel, clear and wake.

use core::task::Waker;

use super::SlotRef;
use crate::observe::Observers;
use crate::state::State;
use crate::{joiner, waker};

/// A task ends.
///
/// # Safety
/// The slot's step is on the stack, and its future was dropped. If `left` is `HANDLE`, the output lies in
/// the body, and it needs no drop or has a handle. Otherwise `left` is `LOST`.
pub(crate) unsafe fn finish(slot: SlotRef, left: State) {
    let core = slot.core();
    let state = slot.state.get();
    slot.count_end();
    slot.step.set(None);
    if state != State::NO_HANDLE {
        slot.state.set(left);
    }
    // Last: an observer may panic. Before, that would leave the step, and the future would be dropped
    // twice, or the state, and the handle would read an output that is not there.
    slot.observe(Observers::completed);
    match state {
        // SAFETY: the future is gone, and there is no handle.
        State::NO_HANDLE => unsafe { slot.release() },
        State::HANDLE => {
            if let Some(wake_foreign) = core.wake_foreign.get() {
                wake_foreign(slot);
            }
        }
        // Inside a poll this runs no user code, although the slot is `current` still: a task is polled
        // after a push, which has ended the park, so the parent is not woken here.
        // SAFETY: a header must lie there (Own distance).
        State(distance) => waker::wake(unsafe { core.at(distance) }),
    }
}

/// A task ends that never had a handle.
///
/// # Safety
/// The slot's step is on the stack, and its future was dropped.
pub(crate) unsafe fn finish_detached(slot: SlotRef) {
    slot.count_end();
    slot.step.set(None);
    slot.observe(Observers::completed);
    // SAFETY: the future is gone, and there is no handle.
    unsafe { slot.release() };
}

/// The handle takes the output and is used up.
///
/// # Safety
/// The caller is the slot's handle, there is [an output](super::Header::has_output), and `T` is its type.
pub(crate) unsafe fn take<T>(slot: SlotRef) -> T {
    // SAFETY: a read needs a value that nobody reads again. The caller says that it is there, and only
    // the handle, which is used up, could read it.
    let output = unsafe { slot.body::<T>().read() };
    slot.state.set(State::NO_HANDLE);
    // SAFETY: the task is over, and the handle gone.
    unsafe { slot.release() };
    output
}

/// The handle is used up, and the task stays. Returns the joiner's waker, if there is one; the caller
/// drops it when everything else is done, because its drop is user code.
///
/// # Safety
/// The caller is the slot's handle. An output that needs a drop is not there.
pub(crate) unsafe fn detach(slot: SlotRef) -> Option<Waker> {
    let joiner = joiner::forget(slot);
    slot.state.set(State::NO_HANDLE);
    if slot.is_over() {
        // SAFETY: the task is over, and the handle gone.
        unsafe { slot.release() };
    }
    joiner
}

/// The handle is used up, and the future is dropped, now or after its poll.
///
/// # Safety
/// As for [`detach`].
#[inline(never)]
pub(crate) unsafe fn cancel(slot: SlotRef) {
    let is_over = slot.is_over();
    // SAFETY: the caller's.
    let _joiner = unsafe { detach(slot) };
    if !is_over {
        slot.drop_future();
    }
}
