//! [`LocalExecutor`]: the right to spawn tasks on an executor and to run them.

#![allow(unsafe_code)] // Writes futures into slots.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::SpawnError;
use crate::slot::{CoreRef, Slot, SlotRef, Slots};
use crate::state::State;
use crate::step::{step, step_detached};
use crate::task::Task;
use crate::waker;

/// The right to spawn tasks on an [`Executor`](crate::Executor) and to run them, on the thread that
/// took it.
///
/// A copy is a pointer: pass it on freely, also into tasks. It is neither `Send` nor `Sync`.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<8, 256> = Executor::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let task = local.spawn(async { 6 * 7 })?;
/// assert_eq!(block_on(local.run_until(task)), 42);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # One driver
///
/// The code that polls the tasks drives the executor: a run from its first poll until it is ready or
/// dropped, [`tick`](Self::tick) and [`poll_run`](Self::poll_run) during the call,
/// [`run_with_idle`](Self::run_with_idle) for ever. A second driver meanwhile, inside a task or
/// between two polls of a run, panics before it changes anything. To wait for two futures, run one
/// future that joins them. A run that is forgotten (`mem::forget`) after its first poll drives for
/// ever.
///
/// Everything else is allowed at any time: spawn, cancel, clear, wake, and making a run.
///
/// `block_on(task)` inside a task of the same executor waits for ever, since nobody drives
/// meanwhile; it cannot be detected. Await the task instead.
#[derive(Clone, Copy)]
pub struct LocalExecutor<const BYTES: usize> {
    pub(crate) core: CoreRef,
    pub(super) on_one_thread: PhantomData<*const ()>,
}

// A panic leaves the executor as it was, but for the task that panicked.
impl<const BYTES: usize> UnwindSafe for LocalExecutor<BYTES> {}
impl<const BYTES: usize> RefUnwindSafe for LocalExecutor<BYTES> {}

impl<const BYTES: usize> fmt::Debug for LocalExecutor<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalExecutor {{ len: {}, capacity: {} }}", self.len(), self.capacity())
    }
}

impl<const BYTES: usize> LocalExecutor<BYTES> {
    /// Moves `future` into a slot and queues it behind everything that is ready.
    ///
    /// It is polled when the executor runs. The [`Task`] gives its output; dropping the `Task`
    /// cancels it.
    ///
    /// A future or an output of more than `BYTES` bytes does not compile, and the message gives both
    /// sizes: raise `BYTES`, put the future into a [`Storage`](crate::Storage), or box it. `cargo
    /// check` does not find it; `cargo build` does.
    ///
    /// # Errors
    /// All slots are in use: the [`SpawnError`] gives the future back.
    // Inlined, so that the future is not copied, and so that an error that is not looked at costs no
    // code: 150 bytes less for three spawns on a Cortex-M3 (`demos/firmware/size-table.sh`).
    #[inline(always)]
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        const { Slot::<BYTES>::assert_fits::<F>() }
        // SAFETY: the future fits.
        unsafe { self.spawn_fitting(future) }
    }

    /// # Safety
    /// The future and its output fit, as [`Slot::assert_fits`] asks.
    #[inline(always)]
    pub(crate) unsafe fn spawn_fitting<F>(
        &self,
        future: F,
    ) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
    {
        // SAFETY: the future must fit, as the caller says, and the step must be its own.
        let slot =
            unsafe { self.slots().fill(future, State::HANDLE, step::<F>) }.map_err(SpawnError)?;
        // SAFETY: the output must be of this type. It is that of `F`.
        let task = unsafe { Task::new(slot) };
        // With the task made: a parent's waker that panics would leave a slot that nobody can free.
        self.spawned(slot);
        Ok(task)
    }

    /// [`spawn`](Self::spawn) and [`detach`](Task::detach) in fewer bytes of code: a program that
    /// spawns all its tasks like this has no code for handles.
    ///
    /// # Errors
    /// As for `spawn`.
    #[inline(always)]
    pub fn spawn_detached<F>(&self, future: F) -> Result<(), SpawnError<F>>
    where
        F: Future<Output = ()> + 'static,
    {
        const { Slot::<BYTES>::assert_fits::<F>() }
        // SAFETY: the future must fit, which the assertion says, and the step must be its own.
        let slot = unsafe { self.slots().fill(future, State::NO_HANDLE, step_detached::<F>) }
            .map_err(SpawnError)?;
        self.spawned(slot);
        Ok(())
    }

    /// How many slots are in use: by tasks that go on, and by finished ones whose output waits for
    /// its [`Task`].
    pub fn len(&self) -> usize {
        self.slots().used()
    }

    /// Whether no slot is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        self.slots().capacity()
    }

    /// Drops every task's future. Outputs that wait for their [`Task`] stay.
    ///
    /// A task that calls this is dropped after its poll. Awaiting a `Task` that was cleared panics;
    /// its slot is free once the `Task` is gone.
    pub fn clear(&self) {
        self.slots().clear();
    }

    /// Has `observer` called for everything from now on, once for each executor: `false` if there
    /// is an observer already.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use core::sync::atomic::{AtomicUsize, Ordering};
    /// use wakeful_executor::{Executor, Observe, TaskId, block_on, yield_now};
    ///
    /// struct Polls(AtomicUsize);
    ///
    /// impl Observe for Polls {
    ///     fn poll_begin(&self, _: TaskId) {
    ///         self.0.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// static POLLS: Polls = Polls(AtomicUsize::new(0));
    /// static EXECUTOR: Executor<1, 64> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// assert!(local.observe(&POLLS));
    /// let task = local.spawn(async { yield_now().await }).expect("one slot");
    /// block_on(local.run_until(task));
    /// assert_eq!(POLLS.0.load(Ordering::Relaxed), 2);
    /// ```
    #[cfg(feature = "observe")]
    pub fn observe(&self, observer: &'static dyn crate::Observe) -> bool {
        self.core.observers.set(observer)
    }

    #[inline(always)]
    pub(super) fn slots(&self) -> Slots {
        // SAFETY: the slots must be of this size (`Executor::local`).
        unsafe { Slots::new::<BYTES>(self.core) }
    }

    #[inline(always)]
    fn spawned(&self, slot: SlotRef) {
        let number = || self.slots().number(slot);
        slot.observe(|observers, serial| observers.spawned(serial, number));
        waker::wake(slot);
    }
}
