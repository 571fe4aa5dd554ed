//! The steps: the only code that is compiled once for each type of task.
//!
//! A step polls its future. It also ends its task: it drops the future, keeps the output, and wakes
//! the joiner. Only [`step`] and handles call the code for joins, so a program whose tasks are all
//! spawned detached does not contain it. The waker is made in here, where the compiler sees both the
//! waker's table and the future. So a future that wakes itself calls `waker::wake_data` directly.

#![allow(unsafe_code)] // Uses the erased future in a slot as what it is.

use core::future::Future;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::observe::Observers;
use crate::slot::end::{finish, finish_detached};
use crate::slot::{Op, SlotRef};
use crate::state::State;
use crate::waker;

/// The step of a task that was spawned with a handle.
///
/// # Safety
/// The slot holds an `F`, which nobody else uses.
pub(crate) unsafe fn step<F: Future>(slot: SlotRef, op: Op) {
    let keep = |output: F::Output| {
        if mem::needs_drop::<F::Output>() && !slot.has_handle() {
            drop(output);
            return State::LOST;
        }
        // SAFETY: a write needs room, alignment and an empty body. `spawn` has checked the first two
        // while compiling, and the future is gone.
        unsafe { slot.body::<F::Output>().write(output) };
        State::HANDLE
    };
    // SAFETY: the future is gone, and `keep` says what is left.
    let end = |slot, left| unsafe { finish(slot, left) };
    // SAFETY: the caller's.
    unsafe { advance::<F>(slot, op, keep, end) };
}

/// The step of a task that never had a handle.
///
/// # Safety
/// As for [`step`].
pub(crate) unsafe fn step_detached<F: Future<Output = ()>>(slot: SlotRef, op: Op) {
    // SAFETY: the future is gone.
    let end = |slot, _| unsafe { finish_detached(slot) };
    // SAFETY: the caller's.
    unsafe { advance::<F>(slot, op, |()| State::LOST, end) };
}

/// Polls or drops the future. If it is gone, `keep` looks after its output, and `end` ends the task.
///
/// # Safety
/// As for [`step`].
#[inline(always)]
unsafe fn advance<F: Future>(
    slot: SlotRef,
    op: Op,
    keep: impl FnOnce(F::Output) -> State,
    end: impl Fn(SlotRef, State) + Copy,
) {
    let future = slot.body::<F>();
    let phase = if op == Op::Poll { Phase::Poll } else { Phase::Drop };
    let mut unwind = OnUnwind::<F, _> { slot, end, phase, future: PhantomData };
    let mut output = None;
    if op == Op::Poll {
        slot.observe(Observers::poll_begin);
        // SAFETY: the caller's.
        let pinned = unsafe { &mut *future };
        // SAFETY: a pinned future must not move before it is dropped. The slot is static, and the
        // future leaves it only by being dropped in its place.
        let pinned = unsafe { Pin::new_unchecked(pinned) };
        let polled = pinned.poll(&mut Context::from_waker(&waker::of(slot)));
        slot.observe(Observers::poll_end);
        match polled {
            Poll::Ready(ready) => output = Some(ready),
            Poll::Pending => return mem::forget(unwind),
        }
        unwind.phase = Phase::Drop;
    }
    // SAFETY: the caller's. The future is ready, or is to be dropped.
    unsafe { future.drop_in_place() };
    let left = output.map_or(State::LOST, keep);
    unwind.phase = Phase::End;
    end(slot, left);
    mem::forget(unwind);
}

/// What a step is doing.
#[derive(PartialEq, Eq)]
enum Phase {
    /// It polls the future.
    Poll,
    /// The future is ready or cancelled: it is dropped, and perhaps its output.
    Drop,
    /// The task has ended: its joiner is woken.
    End,
}

/// Ends the task if the step unwinds.
struct OnUnwind<F, E: Fn(SlotRef, State)> {
    slot: SlotRef,
    end: E,
    phase: Phase,
    future: PhantomData<F>,
}

impl<F, E: Fn(SlotRef, State)> Drop for OnUnwind<F, E> {
    // Inlined, so that the guard itself need not lie in memory: 7 instructions a poll on a host.
    #[inline(always)]
    fn drop(&mut self) {
        if self.phase == Phase::Poll {
            self.slot.observe(Observers::poll_end);
            // SAFETY: the future is there, since its poll unwound. The slot is current still, so the
            // future's drop, which is user code and may clear or cancel, does not drop it again.
            unsafe { self.slot.body::<F>().drop_in_place() };
        }
        self.slot.end_poll();
        if self.phase != Phase::End {
            // The future is gone, as far as it can be, without an output.
            (self.end)(self.slot, State::LOST);
        }
    }
}
