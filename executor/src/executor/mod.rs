//! [`Executor`]: the memory of an executor, and who may use it.

#![allow(unsafe_code)] // Shares a static that is full of cells.

mod drive;
mod error;
mod local;

use core::fmt;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of, zeroed};
use core::ptr::NonNull;

use crate::atomic::Ordering;
use crate::slot::{Aligned, Core, CoreRef, Slot, Slots, UNIT};
use crate::state::Index;

pub use error::SpawnError;
pub use local::LocalExecutor;

/// The memory of an executor: `TASKS` slots for futures of at most `BYTES` bytes each.
///
/// It belongs into a `static`, where it is all zeros and costs nothing in the program's file.
/// Nothing else is ever allocated: what the type says is what it uses.
///
/// Where pointers have 4 bytes, a slot takes 12 bytes and `BYTES`, rounded up to a multiple of 4.
/// Futures that need an alignment of 8, for a `u64` perhaps, fit if `BYTES` is 4 more than a multiple
/// of 8, such as 20, 60 or 252. Where pointers have 8 bytes, a slot takes 48 and `BYTES`, rounded up
/// to a multiple of 16.
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
    aligned: Aligned,
    core: Core,
    gap: [MaybeUninit<u8>; Slots::GAP],
    slots: [Slot<BYTES>; TASKS],
}

// SAFETY: sharing an executor between threads gives them `take`, which only one of them wins, and
// wakers, which touch only what the table in `slot` allows to anyone. What was won is neither
// `Send` nor `Sync`, so cells and futures stay on the winner's thread.
unsafe impl<const TASKS: usize, const BYTES: usize> Sync for Executor<TASKS, BYTES> {}

/// Here the compiler finds that zeros are an executor: it rejects a constant that has no value of its
/// type. (Where there may be a pointer, null is `None`, since `Some` of it would be no value.)
const _: Executor<1, 1> = Executor::new();

impl<const TASKS: usize, const BYTES: usize> Executor<TASKS, BYTES> {
    const END: usize = Slots::end::<BYTES>(TASKS);

    /// Asked wherever an executor is made.
    pub(crate) const FITS: () = {
        assert!(
            Self::END / UNIT <= Index::MAX as usize,
            "wakeful: an Executor has at most 128 KiB, or 4 GiB where pointers have 8 bytes"
        );
        assert!(offset_of!(Self, slots) == Slots::FIRST && offset_of!(Self, core) == 0);
    };

    /// An executor without tasks: all zeros.
    ///
    /// More than 128 KiB (4 GiB where pointers have 8 bytes) do not compile.
    pub const fn new() -> Self {
        const { Self::FITS }
        // SAFETY: zeros must be a core. The compiler has looked at one above.
        let core = unsafe { zeroed() };
        // SAFETY: zeros must be a slot, as above.
        let slots = [const { unsafe { zeroed() } }; TASKS];
        Self { aligned: Aligned, core, gap: [MaybeUninit::uninit(); Slots::GAP], slots }
    }

    /// The right to use this executor, once: the first caller gets it, later ones get `None`.
    ///
    /// The executor then belongs to the calling thread. No slot is touched, so that a large
    /// executor costs a host only the memory of the slots that are used.
    pub fn take(&'static self) -> Option<LocalExecutor<BYTES>> {
        // Relaxed: nothing was written before the first `take`.
        if self.core.end.swap(Self::END, Ordering::Relaxed) != 0 {
            return None;
        }
        self.core.run_queue.queue.set_owned(true);
        // SAFETY: this thread has just taken the executor.
        Some(unsafe { self.local() })
    }

    /// The right to use this executor, without asking whether somebody has it; afterwards it counts
    /// as taken.
    ///
    /// For callbacks that cannot carry a [`LocalExecutor`]: functions exported to C or to a web
    /// page, and interrupt handlers that are an executor's only user.
    ///
    /// ```
    /// use wakeful_executor::{Executor, LocalExecutor};
    ///
    /// static EXECUTOR: Executor<8, 256> = Executor::new();
    ///
    /// fn local() -> LocalExecutor<256> {
    ///     // SAFETY: this program has one thread.
    ///     unsafe { EXECUTOR.steal() }
    /// }
    ///
    /// local().spawn_detached(async {}).expect("there is room");
    /// assert_eq!(local().tick(usize::MAX).completed, 1);
    /// ```
    ///
    /// # Safety
    /// The executor was taken or stolen by the calling thread, or by nobody so far. An interrupt
    /// handler counts as a thread of its own: an executor that it uses is used by nobody else.
    pub unsafe fn steal(&'static self) -> LocalExecutor<BYTES> {
        // SAFETY: otherwise this thread has taken the executor before.
        self.take().unwrap_or_else(|| unsafe { self.local() })
    }

    /// # Safety
    /// The calling thread has taken the executor.
    unsafe fn local(&'static self) -> LocalExecutor<BYTES> {
        let whole = NonNull::from(self);
        // SAFETY: the pointer must be derived from one to a whole executor, and used by its owner.
        let core = unsafe { CoreRef::new(whole.cast()) };
        LocalExecutor { core, on_one_thread: PhantomData }
    }
}

impl<const TASKS: usize, const BYTES: usize> Default for Executor<TASKS, BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TASKS: usize, const BYTES: usize> fmt::Debug for Executor<TASKS, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("tasks", &TASKS).field("bytes", &BYTES).finish()
    }
}
