//! [`Executor`], the memory, and [`LocalExecutor`], the right to use it.

#![allow(unsafe_code)] // Shares a static that is full of cells; writes futures into slots.

use core::convert::Infallible;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::offset_of;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use crate::atomic::{Index, Ordering};
use crate::inbox::MOST;
use crate::run::{Run, RunUntil};
use crate::scheduler::{Core, Outcome};
use crate::slot::{Body, CoreRef, Header};
use crate::step::step;
use crate::task::Task;

/// The memory of an executor: `TASKS` slots for futures of at most `BYTES` bytes each.
///
/// It belongs into a `static`, where it is all zeros and costs nothing in the program's file.
/// Nothing else is ever allocated: what the type says is what it uses. A slot costs, besides
/// `BYTES`, 12 bytes where pointers have 4 (48 where they have 8).
///
/// ```
/// use wakeful_executor::Executor;
///
/// static EXECUTOR: Executor<8, 256> = Executor::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// assert_eq!(local.capacity(), 8);
/// assert!(EXECUTOR.take().is_none());
/// ```
#[repr(C)]
pub struct Executor<const TASKS: usize, const BYTES: usize> {
    core: Core,
    headers: [Header; TASKS],
    bodies: [Body<BYTES>; TASKS],
}

// SAFETY: sharing an executor between threads gives them `take`, which only one of them wins, and
// wakers, which touch only what the table in `slot` allows to anyone. What was won is neither
// `Send` nor `Sync`, so cells and futures stay on the winner's thread.
unsafe impl<const TASKS: usize, const BYTES: usize> Sync for Executor<TASKS, BYTES> {}

impl<const TASKS: usize, const BYTES: usize> Executor<TASKS, BYTES> {
    /// What is asked wherever an executor is made.
    const FITS: () = {
        assert!(
            TASKS < MOST,
            "wakeful: an Executor has fewer TASKS than its slots' numbers can count"
        );
        assert!(
            offset_of!(Self, headers) == size_of::<Core>(),
            "wakeful: the headers follow the core without a gap"
        );
    };

    /// An executor without tasks: all zeros.
    ///
    /// More tasks than a slot's number can count (32,000 where pointers have 4 bytes) do not
    /// compile.
    pub const fn new() -> Self {
        const { Self::FITS }
        Self {
            core: Core::new(),
            headers: [const { Header::new() }; TASKS],
            bodies: [const { Body::new() }; TASKS],
        }
    }

    /// The right to use this executor, once: the first caller gets it, later ones get `None`.
    ///
    /// The executor then belongs to the calling thread. No slot is touched, so that a large
    /// executor costs a host only the memory of the slots that are used.
    pub fn take(&'static self) -> Option<LocalExecutor<BYTES>> {
        // Acquire and release are not needed: nothing was written before the first `take`.
        if self.core.taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        let whole = NonNull::from(self);
        // SAFETY: `whole` points to the whole executor, which is `'static`; its layout is checked
        // in `new` and in `slot`.
        let core = unsafe { CoreRef::new(whole.cast()) };
        let bodies = whole
            .as_ptr()
            .wrapping_byte_add(offset_of!(Self, bodies))
            .cast();
        core.set_up(bodies, size_of::<Body<BYTES>>(), TASKS as Index);
        Some(LocalExecutor {
            core,
            on_one_thread: PhantomData,
        })
    }
}

#[cfg(feature = "alloc")]
impl<const TASKS: usize, const BYTES: usize> Executor<TASKS, BYTES> {
    /// Writes the core into zeroed memory, and touches no slot.
    pub(crate) fn write_core(memory: *mut Self) {
        const { Self::FITS }
        // SAFETY: the caller's memory is as large and as aligned as an executor, whose first field
        // is the core.
        unsafe { memory.cast::<Core>().write(Core::new()) };
    }
}

impl<const TASKS: usize, const BYTES: usize> Default for Executor<TASKS, BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TASKS: usize, const BYTES: usize> fmt::Debug for Executor<TASKS, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("tasks", &TASKS)
            .field("bytes", &BYTES)
            .finish()
    }
}

/// The right to spawn tasks on an [`Executor`] and to run them, on the thread that took it.
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
pub struct LocalExecutor<const BYTES: usize> {
    pub(crate) core: CoreRef,
    on_one_thread: PhantomData<*const ()>,
}

impl<const BYTES: usize> Clone for LocalExecutor<BYTES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const BYTES: usize> Copy for LocalExecutor<BYTES> {}

impl<const BYTES: usize> fmt::Debug for LocalExecutor<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

impl<const BYTES: usize> LocalExecutor<BYTES> {
    /// Moves `future` into a slot and queues it behind everything that is ready.
    ///
    /// It runs when the executor runs. The [`Task`] gives its output; dropping the `Task` cancels.
    /// A future or output of more than `BYTES` bytes does not compile; put it into a
    /// [`Storage`](crate::Storage), or make the slots larger.
    ///
    /// # Errors
    /// All slots are in use: the future comes back in the [`SpawnError`].
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        const {
            assert!(
                Body::<BYTES>::fits::<F>(),
                "wakeful: this future, or its output, is larger than a slot: \
                 raise BYTES in Executor<TASKS, BYTES>, or keep the future in a Storage"
            );
            assert!(
                Body::<BYTES>::aligns::<F>(),
                "wakeful: this future, or its output, needs a larger alignment than a slot has: \
                 16 bytes where pointers have 8, otherwise 8; keep the aligned part elsewhere"
            );
        }
        self.spawn_fitting(future)
    }

    /// Spawns a future of which the compiler knows that it fits.
    pub(crate) fn spawn_fitting<F>(&self, future: F) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
    {
        let Some(header) = self.core.claim() else {
            return Err(SpawnError(future));
        };
        // SAFETY: a write needs room, alignment and nobody else's content. The first two were
        // checked by the compiler for the caller, and the slot was vacant.
        unsafe { self.core.body(header).cast::<F>().write(future) };
        self.core
            .start(header, step::<F>, Body::<BYTES>::has_tail::<F>());
        Ok(Task::new(header))
    }

    /// Runs the tasks until `future` is ready, and gives its output.
    ///
    /// `future` takes its turn among the tasks and is polled only when it was woken. It may borrow.
    /// The result is a future: block on it with [`block_on`](crate::block_on), with a reactor, or
    /// spawn it on any other executor. Several runs of one executor may be alive at a time, also
    /// under different parents: any of them polls all tasks, and each is told what concerns it.
    ///
    /// After polling 256 tasks it wakes its parent and returns `Pending`, so that the parent's
    /// other work gets its turn.
    ///
    /// # Cancellation
    /// Dropping the run drops `future` and stops polling; tasks stay where they are, and another
    /// run goes on with them.
    pub fn run_until<F: Future>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + use<F, BYTES> {
        RunUntil::new(self.core, future)
    }

    /// Runs the tasks for ever. One such run is enough: two of them under different parents would
    /// wake each other in turns.
    ///
    /// # Cancellation
    /// As for [`run_until`](Self::run_until).
    pub fn run(&self) -> impl Future<Output = Infallible> + use<BYTES> {
        Run::new(self.core)
    }

    /// Runs the tasks until none is ready, once, on behalf of `cx`: a poll of [`run`](Self::run)
    /// for those who have no place to keep that future, such as an interrupt handler that is its
    /// own executor. `cx`'s waker is woken when it is to be called again.
    pub fn poll_run(&self, cx: &mut Context<'_>) -> Poll<Infallible> {
        self.core.run_endless(cx)
    }

    /// One turn, for a loop of one's own: polls each task that is ready now at most once, and at
    /// most `budget` of them. Nobody is told when there is more to do later: call it again. It ends early
    /// if one of them runs the executor itself.
    ///
    /// ```
    /// use wakeful_executor::{Executor, yield_now};
    ///
    /// static EXECUTOR: Executor<2, 64> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// local.spawn(async { yield_now().await }).expect("two slots").detach();
    /// local.spawn(async {}).expect("two slots").detach();
    ///
    /// let tick = local.tick(usize::MAX);
    /// assert_eq!((tick.polled, tick.completed, tick.more), (2, 1, true));
    /// let tick = local.tick(usize::MAX);
    /// assert_eq!((tick.polled, tick.completed, tick.more), (1, 1, false));
    /// ```
    pub fn tick(&self, budget: usize) -> Tick {
        let core = self.core;
        let mut tick = Tick {
            polled: 0,
            completed: 0,
            more: false,
        };
        core.turn(budget, |outcome| {
            let polled = matches!(outcome, Outcome::Pending | Outcome::Completed);
            tick.polled += usize::from(polled);
            tick.completed += usize::from(outcome == Outcome::Completed);
        });
        tick.more = !core.queue.is_empty();
        tick
    }

    /// How many slots are in use: by tasks that go on, and by finished ones whose output waits for
    /// its [`Task`].
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether no slot is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        self.core.capacity()
    }

    /// Drops every task's future, and every output that waits for its [`Task`].
    ///
    /// A task that calls this is dropped after its poll. Awaiting a `Task` that was cleared panics;
    /// its slot is free once the `Task` is gone.
    pub fn clear(&self) {
        self.core.clear();
    }
}

/// What one [`tick`](LocalExecutor::tick) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Tasks that were polled.
    pub polled: usize,
    /// Those of them that ended.
    pub completed: usize,
    /// Whether something is ready already for the next turn.
    pub more: bool,
}

/// The executor is full; [`into_inner`](Self::into_inner) gives the future back.
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
