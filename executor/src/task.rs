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
use crate::scheduler::{cancel, detach};
use crate::slot::Handle;

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
    /// `None` once the output was given.
    handle: Option<Handle>,
    output: PhantomData<T>,
}

impl<T> Unpin for Task<T> {}

// A panic leaves the executor as it was, but for the task that panicked.
impl<T> UnwindSafe for Task<T> {}
impl<T> RefUnwindSafe for Task<T> {}

impl<T> Task<T> {
    /// # Safety
    /// `T` is the output of the handle's task.
    pub(crate) unsafe fn new(handle: Handle) -> Self {
        Self { handle: Some(handle), output: PhantomData }
    }

    /// Lets the task run on without a handle; its output will be dropped.
    pub fn detach(mut self) {
        let Some(handle) = self.handle.take() else {
            return;
        };
        mem::forget(self);
        if mem::needs_drop::<T>() && handle.has_output() {
            // SAFETY: the output is there, and of this type (`new`).
            drop(unsafe { take::<T>(handle) });
        } else {
            detach(handle);
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
        let handle = self.handle.as_ref();
        handle.is_none_or(|handle| handle.slot().is_over())
    }

    fn end(&mut self) -> Option<T> {
        let handle = self.handle.take()?;
        if handle.has_output() {
            // SAFETY: the output is there, and of this type (`new`).
            return Some(unsafe { take(handle) });
        }
        cancel(handle);
        None
    }
}

/// Takes the output; the slot is vacant from now on.
///
/// # Safety
/// It is there, and `T` is its type.
unsafe fn take<T>(handle: Handle) -> T {
    let core = handle.slot().core();
    // SAFETY: the caller's.
    let (output, vacant) = unsafe { handle.take() };
    core.release(vacant);
    output
}

impl<T> Future for Task<T> {
    type Output = T;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(handle) = &self.handle else { no_output() };
        if !handle.slot().is_over() {
            joiner::join(handle, cx.waker());
            return Poll::Pending;
        }
        match self.end() {
            Some(output) => Poll::Ready(output),
            None => no_output(),
        }
    }
}

#[cold]
#[inline(never)]
fn no_output() -> ! {
    panic!("wakeful: the awaited task panicked, was cleared, or has given its output before")
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
