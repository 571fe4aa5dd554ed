//! The waker of a task, and what a wake does: it queues the slot.
//!
//! A waker's data points to its slot's header. Headers live for ever, so cloning and dropping a waker
//! do nothing, and a waker may be woken at any time. If its task has ended meanwhile, the wake costs
//! the slot's next task one spurious poll at most.

#![allow(unsafe_code)] // Makes wakers out of pointers.

use core::mem::ManuallyDrop;
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::slot::SlotRef;

/// A static: a constant could get several addresses, and `of` compares by address.
static VTABLE: RawWakerVTable =
    RawWakerVTable::new(|data| RawWaker::new(data, &VTABLE), wake_data, wake_data, |_| {});

// Not `#[inline]`: each crate would get its own copy, of 90 bytes on a Cortex-M3.
fn wake_data(data: *const ()) {
    // SAFETY: the pointer must come from `SlotRef::as_ptr`, and here it is only used to wake. This
    // function is reached through `VTABLE` and from `wake`, both with such pointers.
    unsafe { SlotRef::from_ptr(data.cast_mut().cast()) }.wake();
}

/// Queues the slot unless it is queued, and wakes the parent of an executor that sleeps.
pub(crate) fn wake(slot: SlotRef) {
    wake_data(slot.as_ptr().cast_const().cast());
}

/// The waker of a slot. Dropping it would do nothing.
pub(crate) fn of(slot: SlotRef) -> ManuallyDrop<Waker> {
    let data = slot.as_ptr().cast_const().cast();
    // SAFETY: the table's functions must be callable from any thread with this data. The pointer is
    // valid for ever, and other threads only wake through it.
    ManuallyDrop::new(unsafe { Waker::new(data, &VTABLE) })
}

/// The slot of a waker, if it is one of ours.
pub(crate) fn slot_of(waker: &Waker) -> Option<SlotRef> {
    let is_ours = core::ptr::eq(waker.vtable(), &VTABLE);
    // SAFETY: the pointer must come from `SlotRef::as_ptr`. With this table, it does.
    is_ours.then(|| unsafe { SlotRef::from_ptr(waker.data().cast_mut().cast()) })
}
