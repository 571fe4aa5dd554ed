//! [`Task`]: the handle of a spawned future.
//!
//! A slot with a handle is not claimed again, so what a handle finds there is its own task's. Only the
//! handle knows the output's type, so only the handle takes the output or drops it.

#![allow(unsafe_code)] // Takes the output out of its slot.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::joiner;
use crate::slot::SlotRef;
use crate::slot::end::{cancel, detach, take};

/// A spawned future: await it for its output, drop it to cancel.
///
/// A finished task keeps its slot until the handle takes the output or is dropped. Forgetting a
/// handle (`mem::forget`) keeps the slot for ever.
///
/// # Panics
/// Awaiting it panics if the task panicked, if its executor was
/// [cleared](crate::LocalExecutor::clear), or if it has given its output already.
///
/// # Cancellation
/// Dropping it drops the future at once, on this thread; from inside the task's own poll, right
/// after that poll.
#[must_use = "dropping a task cancels it; await it, or `detach` it"]
pub struct Task<T> {
    /// The task's slot; `None` once the output was given.
    slot: Option<SlotRef>,
    output: PhantomData<T>,
}

impl<T> Unpin for Task<T> {}

// A panic leaves the executor as it was, but for the task that panicked.
impl<T> UnwindSafe for Task<T> {}
impl<T> RefUnwindSafe for Task<T> {}

impl<T> Task<T> {
    /// # Safety
    /// The slot has a task whose output is a `T`, and this is its only handle.
    pub(crate) unsafe fn new(slot: SlotRef) -> Self {
        Self { slot: Some(slot), output: PhantomData }
    }

    /// Lets the task run on without a handle; its output will be dropped.
    pub fn detach(mut self) {
        let Some(slot) = self.slot.take() else { return };
        mem::forget(self);
        if mem::needs_drop::<T>() && slot.has_output() {
            // SAFETY: this was the handle, the output is there, and of this type (`new`).
            drop(unsafe { take::<T>(slot) });
        } else {
            // SAFETY: this was the handle, and there is no output that needs a drop.
            drop(unsafe { detach(slot) });
        }
    }

    /// Ends the task: drops its future, or gives its output if it has finished.
    ///
    /// From inside the task's own poll it gives `None`, and the future is dropped after that poll.
    pub fn cancel(mut self) -> Option<T> {
        self.end()
    }

    /// Whether awaiting it would give the output, or panic, at once.
    pub fn is_finished(&self) -> bool {
        self.slot.is_none_or(|slot| slot.is_over())
    }

    fn end(&mut self) -> Option<T> {
        let slot = self.slot.take()?;
        if slot.has_output() {
            // SAFETY: this was the handle, the output is there, and of this type (`new`).
            return Some(unsafe { take(slot) });
        }
        // SAFETY: this was the handle, and there is no output.
        unsafe { cancel(slot) };
        None
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if let Some(slot) = self.slot.filter(|slot| !slot.is_over()) {
            joiner::join(slot, cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(self.end().unwrap_or_else(|| {
            panic!(
                "wakeful: the awaited task panicked, was cleared, or has given its output before"
            )
        }))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        drop(self.end());
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_finished", &self.is_finished()).finish()
    }
}
