//! The steps: the only code that is compiled once for each type of task.
//!
//! A step polls its future, and it also ends its task: it drops the future, keeps the output, and
//! reports the end. So what a program does not use is not linked. The waker is made in here, where
//! the compiler sees what the future does with it: a future that wakes itself calls the one function
//! directly.

#![allow(unsafe_code)] // Uses the erased future in a slot as what it is.

use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::scheduler::{finish, finish_detached};
use crate::slot::{Gone, Op, SlotRef};
use crate::waker;

/// How a task without output ends: with a handle, or without one.
type Finish = fn(Gone);

/// Polls the future. If the poll unwinds, the future is dropped and the task ends.
///
/// # Safety
/// The future is there, and nobody else uses it.
#[inline(always)]
unsafe fn poll<F: Future>(slot: SlotRef, future: *mut F, finish: Finish) -> Poll<F::Output> {
    let observers = &slot.core().observers;
    let waker = waker::of(slot);
    observers.poll_begin(&slot.serial);
    let unwind = DropOnUnwind(slot, future, finish);
    // SAFETY: the caller's.
    let pinned = unsafe { &mut *future };
    // SAFETY: a pinned future must not move before it is dropped. The slot is static, and the future
    // leaves it only by being dropped in its place.
    let pinned = unsafe { Pin::new_unchecked(pinned) };
    let polled = pinned.poll(&mut Context::from_waker(&waker));
    mem::forget(unwind);
    observers.poll_end(&slot.serial);
    polled
}

struct DropOnUnwind<F>(SlotRef, *mut F, Finish);

impl<F> Drop for DropOnUnwind<F> {
    fn drop(&mut self) {
        self.0.core().observers.poll_end(&self.0.serial);
        // SAFETY: the future is there, since its poll unwound.
        unsafe { drop_in_place(self.0, self.1, self.2) };
        // SAFETY: it is gone now, without an output.
        (self.2)(unsafe { Gone::without_output(self.0) });
    }
}

/// Drops the future. If the drop unwinds, the task ends.
///
/// # Safety
/// The future is there, and nobody uses it again.
#[inline(always)]
unsafe fn drop_in_place<F>(slot: SlotRef, future: *mut F, finish: Finish) {
    let unwind = FinishOnUnwind(slot, finish);
    // SAFETY: the caller's.
    unsafe { future.drop_in_place() };
    mem::forget(unwind);
}

struct FinishOnUnwind(SlotRef, Finish);

impl Drop for FinishOnUnwind {
    fn drop(&mut self) {
        // SAFETY: the future is gone, as far as it can be, without an output.
        (self.1)(unsafe { Gone::without_output(self.0) });
    }
}

/// The step of a task that was spawned with a handle.
///
/// # Safety
/// The slot holds an `F`, which nobody else uses.
pub(crate) unsafe fn step<F: Future>(slot: SlotRef, op: Op) {
    let future = slot.body::<F>();
    let mut output = None;
    if op == Op::Poll {
        // SAFETY: the caller's.
        match unsafe { poll(slot, future, finish) } {
            Poll::Ready(ready) => output = Some(ready),
            Poll::Pending => return,
        }
    }
    // SAFETY: the caller's. The future is ready, or is to be dropped.
    unsafe { drop_in_place(slot, future, finish) };
    if mem::needs_drop::<F::Output>() && !slot.has_handle() {
        let unwind = FinishOnUnwind(slot, finish);
        drop(output.take());
        mem::forget(unwind);
    }
    // SAFETY: the future is gone.
    let mut gone = unsafe { Gone::without_output(slot) };
    if let Some(output) = output {
        // SAFETY: a write needs room, alignment and an empty body. `spawn` has checked the first two
        // while compiling, and the future is gone.
        unsafe { slot.body::<F::Output>().write(output) };
        // SAFETY: so there is an output, and it needs no drop or has a handle.
        gone = unsafe { Gone::with_output(slot) };
    }
    finish(gone);
}

/// The step of a task that never had a handle.
///
/// # Safety
/// As for [`step`].
pub(crate) unsafe fn step_detached<F: Future<Output = ()>>(slot: SlotRef, op: Op) {
    let future = slot.body::<F>();
    // SAFETY: the caller's.
    if op == Op::Poll && unsafe { poll(slot, future, finish_detached) }.is_pending() {
        return;
    }
    // SAFETY: the caller's. The future is ready, or is to be dropped.
    unsafe { drop_in_place(slot, future, finish_detached) };
    // SAFETY: the future is gone.
    finish_detached(unsafe { Gone::without_output(slot) });
}
