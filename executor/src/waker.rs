//! Our wakers: one pointer to a slot's header, and four functions of which two do nothing.
//!
//! A slot is static, so a waker counts no references: clone copies the pointer, drop forgets it,
//! and a waker that outlives its task wakes, at worst, the slot's next tenant, which then is polled
//! once more than needed.
//!
//! The table is a `static`, not a `const`: a constant may get several addresses, and then
//! [`Waker::will_wake`] would call two wakers of one task different.

#![allow(unsafe_code)] // A `RawWaker` is the only way to make a waker without an allocator.

use core::mem::ManuallyDrop;
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::slot::HeaderRef;

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, ignore);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

#[inline]
fn wake(data: *const ()) {
    // SAFETY: this function is reached only through a waker that `of` made, and from `wake_slot`.
    let header = unsafe { HeaderRef::from_ptr(data) };
    header.core().wake(header);
}

/// What waking the slot's waker does, by the same code.
#[inline(always)]
pub(crate) fn wake_slot(header: HeaderRef) {
    wake(header.as_ptr());
}

fn ignore(_: *const ()) {}

/// The waker of a slot. Dropping it would do nothing, so nobody need call that nothing.
#[inline(always)]
pub(crate) fn of(header: HeaderRef) -> ManuallyDrop<Waker> {
    // SAFETY: the functions of the table are thread-safe: `wake` touches what the table in `slot`
    // allows to anyone, and the others touch nothing. The pointer is good for ever.
    ManuallyDrop::new(unsafe { Waker::new(header.as_ptr(), &VTABLE) })
}

/// The slot that a waker belongs to, if the waker is ours.
pub(crate) fn slot_of(waker: &Waker) -> Option<HeaderRef> {
    // SAFETY: with this table, the data is what `of` put there.
    core::ptr::eq(waker.vtable(), &VTABLE).then(|| unsafe { HeaderRef::from_ptr(waker.data()) })
}
