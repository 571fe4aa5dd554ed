//! [`LocalExecutor`]: the right to spawn tasks on an executor and to run them.

#![allow(unsafe_code)] // Writes futures into slots.

use core::convert::Infallible;
use core::fmt;
use core::future::{Future, pending};
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::{Context, Poll};

use crate::run::{Run, Tick};
use crate::slot::{CoreRef, Slot, Slots};
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
/// Whoever polls the tasks drives the executor: a run from its first poll until it is ready or
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
    core: CoreRef,
    on_one_thread: PhantomData<*const ()>,
}

// A panic leaves the executor as it was, but for the task that panicked.
impl<const BYTES: usize> UnwindSafe for LocalExecutor<BYTES> {}
impl<const BYTES: usize> RefUnwindSafe for LocalExecutor<BYTES> {}

impl<const BYTES: usize> fmt::Debug for LocalExecutor<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

impl<const BYTES: usize> LocalExecutor<BYTES> {
    /// # Safety
    /// The core is that of an executor with slots of `BYTES`, which the calling thread has taken.
    pub(crate) unsafe fn new(core: CoreRef) -> Self {
        Self { core, on_one_thread: PhantomData }
    }

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
    /// All slots are in use: the future comes back in the [`SpawnError`].
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
    /// The future [fits](Slot::fits).
    #[inline(always)]
    pub(crate) unsafe fn spawn_fitting<F>(
        &self,
        future: F,
    ) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
    {
        let Some(vacant) = self.slots().claim(State::HANDLE) else {
            return Err(SpawnError(future));
        };
        // SAFETY: the future must fit, as the caller says, and the step must be its own.
        let handle = unsafe { vacant.fill(future, step::<F>) };
        let slot = handle.slot();
        // SAFETY: the output must be of this type. It is that of `F`.
        let task = unsafe { Task::new(handle) };
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
        let Some(vacant) = self.slots().claim(State::NO_HANDLE) else {
            return Err(SpawnError(future));
        };
        // SAFETY: the future must fit, which the assertion says, and the step must be its own.
        self.spawned(unsafe { vacant.fill_detached(future, step_detached::<F>) });
        Ok(())
    }

    /// Runs the tasks until `future` is ready, and gives its output.
    ///
    /// `future` is polled first, and then takes its turn among the tasks whenever it was woken. It
    /// may borrow. The result is a future: block on it with [`block_on`](crate::block_on), with a
    /// reactor, or spawn it on any other executor.
    ///
    /// After 256 polls it wakes its parent and returns `Pending`, so that the parent's other work
    /// gets its turn.
    ///
    /// # Panics
    /// If the executor has a driver already.
    ///
    /// # Cancellation
    /// Dropping the run drops `future` and stops polling. Tasks stay where they are, and another run
    /// goes on with them.
    pub fn run_until<F: Future>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + use<F, BYTES> {
        Run::new(self.core, future, || Poll::Pending)
    }

    /// Runs the tasks for ever.
    ///
    /// # Panics
    /// If the executor has a driver already.
    ///
    /// # Cancellation
    /// As for [`run_until`](Self::run_until).
    pub fn run(&self) -> impl Future<Output = Infallible> + use<BYTES> {
        Run::new(self.core, pending(), || Poll::Pending)
    }

    /// Runs the tasks until every future has ended; at once if there is none. Outputs that nobody has
    /// taken do not count.
    ///
    /// A cancel or `clear` by other code than this executor's tasks, while the run sleeps, does not wake
    /// it: if that ends the last future, the run is ready at its next poll.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use wakeful_executor::{Executor, block_on, yield_now};
    ///
    /// static EXECUTOR: Executor<8, 64> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// local.spawn_detached(async { yield_now().await })?;
    /// let unread = local.spawn(async { 7 })?;
    /// block_on(local.run_all());
    /// assert_eq!(unread.cancel(), Some(7));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If the executor has a driver already.
    ///
    /// # Cancellation
    /// As for [`run_until`](Self::run_until).
    pub fn run_all(&self) -> impl Future<Output = ()> + use<BYTES> {
        let slots = self.slots();
        let at_idle = move || if slots.are_over() { Poll::Ready(()) } else { Poll::Pending };
        Run::new(self.core, pending(), at_idle)
    }

    /// Runs the tasks for ever without a parent: calls `idle` whenever none is ready.
    ///
    /// For programs without an operating system. `idle` sleeps until the next interrupt. It must not
    /// sleep through a wake that came before it: `WFE` does not, since every interrupt leaves an
    /// event for it. With `WFI`, mask interrupts, ask [`has_ready`](Self::has_ready), wait, and
    /// unmask.
    ///
    /// # Panics
    /// If the executor has a driver already.
    #[inline(always)]
    pub fn run_with_idle(&self, idle: impl FnMut()) -> ! {
        self.core.run_with_idle(idle)
    }

    /// Runs the tasks until none is ready, once, on behalf of `cx`, whose waker is woken when it is to
    /// be called again. It is one poll of [`run`](Self::run), for those who have no place to keep
    /// that future: callbacks, or an interrupt handler that is an executor of its own.
    ///
    /// An interrupt handler passes a waker of the same task every time. A run keeps a waker of its own
    /// and drops it at its end: call this again after a run.
    ///
    /// # Panics
    /// If the executor has a driver already.
    pub fn poll_run(&self, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.core.poll_run(cx)
    }

    /// One bounded pass, for a loop of one's own: polls each task that is ready now at most once, and
    /// at most `budget` of them. Nobody is woken when there is more to do later: call it again.
    ///
    /// ```
    /// use wakeful_executor::{Executor, yield_now};
    ///
    /// static EXECUTOR: Executor<2, 64> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// local.spawn_detached(async { yield_now().await }).expect("two slots");
    /// local.spawn_detached(async {}).expect("two slots");
    ///
    /// let tick = local.tick(usize::MAX);
    /// assert_eq!((tick.polled, tick.completed, tick.more), (2, 1, true));
    /// let tick = local.tick(usize::MAX);
    /// assert_eq!((tick.polled, tick.completed, tick.more), (1, 1, false));
    /// ```
    ///
    /// # Panics
    /// If the executor has a driver already.
    pub fn tick(&self, budget: usize) -> Tick {
        self.core.tick(budget)
    }

    /// Whether a task is ready to be polled. It may be called anywhere on the executor's thread, also
    /// while the executor runs.
    pub fn has_ready(&self) -> bool {
        !self.core.run_queue.queue.is_empty()
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
    fn slots(&self) -> Slots {
        // SAFETY: the slots must be of this size (`new`).
        unsafe { Slots::new::<BYTES>(self.core) }
    }

    #[inline(always)]
    fn spawned(&self, slot: crate::slot::SlotRef) {
        let number = || self.slots().number(slot);
        self.core.observers.spawned(&slot.serial, number);
        waker::wake(slot);
    }
}

/// The executor is full; [`into_inner`](Self::into_inner) gives the future back.
///
/// ```
/// use wakeful_executor::Executor;
///
/// static EXECUTOR: Executor<1, 64> = Executor::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let first = local.spawn(async { 1 })?;
/// let full = local.spawn(async { 2 }).err().expect("one slot");
/// drop(first); // there is a slot again
/// let second = local.spawn(full.into_inner()).expect("the same future");
/// # drop(second);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct SpawnError<F>(F);

impl<F> SpawnError<F> {
    #[cfg(feature = "alloc")]
    pub(crate) fn new(future: F) -> Self {
        Self(future)
    }

    /// The future that found no slot, untouched.
    pub fn into_inner(self) -> F {
        self.0
    }
}

impl<F> fmt::Debug for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpawnError(..)")
    }
}

impl<F> fmt::Display for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all slots of the executor are in use")
    }
}

impl<F> core::error::Error for SpawnError<F> {}
