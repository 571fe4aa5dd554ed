//! Feature `alloc`: an executor made at run time, and futures of any size.

#![allow(unsafe_code)] // Makes an executor out of zeroed memory.

use alloc::alloc::{alloc_zeroed, handle_alloc_error};
use alloc::boxed::Box;
use core::alloc::Layout;
use core::future::Future;
use core::pin::Pin;

use crate::executor::Executor;
use crate::executor::{LocalExecutor, SpawnError};
use crate::slot::Slot;
use crate::task::Task;

impl<const TASKS: usize, const BYTES: usize> Executor<TASKS, BYTES> {
    /// An executor on the heap, for ever. Its memory is asked for as zeros and not touched, so on a
    /// host with virtual memory a million slots cost nothing until they are used.
    ///
    /// ```
    /// use wakeful_executor::Executor;
    ///
    /// let local = Executor::<1_000_000, 256>::leak().take().expect("taken once");
    /// assert_eq!(local.capacity(), 1_000_000);
    /// ```
    pub fn leak() -> &'static Self {
        const { Self::FITS }
        let layout = Layout::new::<Self>();
        // SAFETY: the layout's size is not zero: there is a core.
        let memory = unsafe { alloc_zeroed(layout) }.cast::<Self>();
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: a reference needs a valid value that is never freed. The memory is aligned and
        // leaked, and zeros are an executor (see `Executor::new`).
        unsafe { &*memory }
    }
}

impl<const BYTES: usize> LocalExecutor<BYTES> {
    /// [`spawn`](Self::spawn) for a future of any size: in the slot where it fits, in a box of its
    /// own where not. Which of the two is decided by the compiler.
    ///
    /// The output must fit the slot, or it does not compile.
    ///
    #[cfg_attr(feature = "std", doc = "```")]
    #[cfg_attr(not(feature = "std"), doc = "```ignore")]
    /// use wakeful_executor::{Executor, block_on, yield_now};
    ///
    /// static EXECUTOR: Executor<2, 16> = Executor::new();
    ///
    /// let local = EXECUTOR.take().expect("taken once");
    /// let task = local.spawn_any(async {
    ///     let frame = [1_u8; 1024];
    ///     yield_now().await;
    ///     frame.len()
    /// })?;
    /// assert_eq!(block_on(local.run_until(task)), 1024);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// All slots are in use: the [`SpawnError`] gives the future back, unboxed.
    pub fn spawn_any<F>(&self, future: F) -> Result<Task<F::Output>, SpawnError<F>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if const { fits::<F, BYTES>() } {
            // SAFETY: it fits.
            return unsafe { self.spawn_fitting(future) };
        }
        const { Slot::<BYTES>::assert_fits::<Pin<Box<F>>>() }
        if self.len() == self.capacity() {
            return Err(SpawnError(future));
        }
        // SAFETY: the box fits, and has the future's output.
        let spawned = unsafe { self.spawn_fitting(Box::pin(future)) };
        // Nothing ran since the executor was found not to be full.
        spawned.map_err(|_| unreachable!("wakeful: promise 6: capacity is known"))
    }
}

const fn fits<F: Future, const BYTES: usize>() -> bool {
    size_of::<F>() <= BYTES && size_of::<F::Output>() <= BYTES && Slot::<BYTES>::aligns::<F>()
}
