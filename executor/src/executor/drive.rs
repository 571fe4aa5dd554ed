//! How a [`LocalExecutor`] runs its tasks: its drivers. See `run` for the futures that this makes.

use core::convert::Infallible;
use core::future::{Future, pending};
use core::mem::ManuallyDrop;
use core::task::{Context, Poll};

use super::LocalExecutor;
use crate::run::{Driver, Run, Tick};

impl<const BYTES: usize> LocalExecutor<BYTES> {
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
        Run { core: self.core, at_idle: || Poll::Pending, driver: None, main: future }
    }

    /// Runs the tasks for ever.
    ///
    /// # Panics
    /// If the executor has a driver already.
    ///
    /// # Cancellation
    /// As for [`run_until`](Self::run_until).
    pub fn run(&self) -> impl Future<Output = Infallible> + use<BYTES> {
        Run { core: self.core, at_idle: || Poll::Pending, driver: None, main: pending() }
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
        Run { core: self.core, at_idle, driver: None, main: pending() }
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
    pub fn run_with_idle(&self, mut idle: impl FnMut()) -> ! {
        // Never dropped: also after a panic, it drives for ever.
        let _driver = ManuallyDrop::new(Driver::new(self.core, false));
        loop {
            if self.core.run_one().is_none() {
                self.core.observers.idle();
                idle();
            }
        }
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
        let _driver = Driver::new(self.core, false);
        self.core.run(cx, |_| Poll::Pending)
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
    pub fn tick(&self, mut budget: usize) -> Tick {
        let _driver = Driver::new(self.core, false);
        let queue = &self.core.run_queue.queue;
        let mut tick = Tick { polled: 0, completed: 0, more: false };
        // What is woken from now on comes after this slot.
        let mut left = queue.newest();
        while left.is_some() && budget > 0 {
            let Some((slot, polled)) = self.core.run_one() else { break };
            budget -= 1;
            tick.polled += usize::from(polled);
            tick.completed += usize::from(polled && slot.is_over());
            left = left.filter(|newest| *newest != slot);
        }
        tick.more = !queue.is_empty();
        tick
    }

    /// Whether a task is ready to be polled. It may be called anywhere on the executor's thread, also
    /// while the executor runs.
    pub fn has_ready(&self) -> bool {
        !self.core.run_queue.queue.is_empty()
    }
}
