//! [`Task`]: the handle of a spawned future.
//!
//! # Invariants
//! - **Keeps its slot**: while a handle exists, its slot has no next tenant, so what it finds there
//!   is its own, and no generation need be counted.

#![allow(unsafe_code)] // Takes the output out of its slot.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::inbox::END;
use crate::slot::HeaderRef;

/// A spawned future: await it for its output, drop it to cancel.
///
/// A finished task keeps its slot until the handle takes the output or goes; forgetting a handle
/// (`mem::forget`) keeps the slot for ever.
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
    /// `None` once the slot has been let go.
    header: Option<HeaderRef>,
    output: PhantomData<T>,
}

impl<T> Unpin for Task<T> {}

impl<T> Task<T> {
    /// The one handle of a slot that has just got a future with output `T`.
    pub(crate) fn new(header: HeaderRef) -> Self {
        Self {
            header: Some(header),
            output: PhantomData,
        }
    }

    /// Lets the task run on without a handle; its output will be dropped.
    pub fn detach(mut self) {
        if let Some(header) = self.header.take() {
            header.core().detach(header);
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
        self.header.is_none_or(|header| header.life().is_over())
    }

    /// Takes the output if there is one, and otherwise ends the task.
    fn end(&mut self) -> Option<T> {
        let header = self.header.take()?;
        let core = header.core();
        if !header.life().is_done() {
            core.cancel(header);
            return None;
        }
        // SAFETY: a finished task's slot holds its output, of type `T` (Keeps its slot), and only
        // its handle, which is this one, takes it.
        let output = unsafe { core.body(header).cast::<T>().read() };
        // A foreign one, whose drop is user code, it has no more (None at the end, in `joiner`).
        header.joiner.set(END);
        core.vacate(header);
        Some(output)
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(header) = self.header else {
            panic!("wakeful: a Task was polled after it had given its output");
        };
        if !header.life().is_over() {
            header.core().join(header, cx.waker());
            // Joining may have run user code.
            if !header.life().is_over() {
                return Poll::Pending;
            }
        }
        let was_cleared = header.life().was_cleared();
        match self.end() {
            Some(output) => Poll::Ready(output),
            None if was_cleared => panic!("wakeful: the awaited task was cleared away"),
            None => panic!("wakeful: the awaited task panicked"),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(header) = self.header.take() {
            header.core().cancel(header);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("is_finished", &self.is_finished())
            .finish()
    }
}
