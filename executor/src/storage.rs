//! [`Storage`]: a static of its own for one big future.
//!
//! # Invariants
//! - **One tenant**: the call of `place` that changes `occupied` from false to true owns the body, and
//!   hands it to the [`Placed`] that it returns. The drop of the `Placed` drops the future first and
//!   then changes `occupied` back.

#![allow(unsafe_code)] // A future in a static, and a pointer to it.

use core::cell::UnsafeCell;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomic::{AtomicBool, Ordering};
use crate::sync::error::error_with_value;

/// Static memory for one future of at most `BYTES` bytes.
///
/// All slots of an executor have one size. So that a single big task does not make them all big,
/// it is placed here, and its slot holds one pointer. Dropping the placed future, which its task
/// does at its end or when it is cancelled, frees the storage for the next one.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::{Executor, Storage, block_on, yield_now};
///
/// static EXECUTOR: Executor<8, 32> = Executor::new();
/// static BIG: Storage<2048> = Storage::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let big = BIG.place(async {
///     let frame = [1_u8; 1024];
///     yield_now().await;
///     frame.iter().map(|&byte| usize::from(byte)).sum()
/// })?;
/// let task = local.spawn(big)?;
/// let total: usize = block_on(local.run_until(task));
/// assert_eq!(total, 1024);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[repr(C)]
#[cfg_attr(target_pointer_width = "64", repr(align(16)))]
#[cfg_attr(not(target_pointer_width = "64"), repr(align(8)))]
pub struct Storage<const BYTES: usize> {
    /// First, so that it is aligned as the whole is.
    body: UnsafeCell<MaybeUninit<[u8; BYTES]>>,
    occupied: AtomicBool,
}

// SAFETY: sharing a storage gives threads `place`, which one of them wins at a time. The future
// then belongs to the `Placed`, which is `Send` and `Sync` only as far as the future is.
unsafe impl<const BYTES: usize> Sync for Storage<BYTES> {}

impl<const BYTES: usize> Storage<BYTES> {
    /// An empty storage, all zeros.
    pub const fn new() -> Self {
        Self { body: UnsafeCell::new(MaybeUninit::zeroed()), occupied: AtomicBool::new(false) }
    }

    /// Moves `future` in and gives a pointer to it, which is a future itself.
    ///
    /// A future of more than `BYTES` bytes does not compile.
    ///
    /// # Errors
    /// The storage is occupied: the [`PlaceError`] gives `future` back.
    pub fn place<F: Future>(&'static self, future: F) -> Result<Placed<F, BYTES>, PlaceError<F>> {
        const {
            assert!(
                size_of::<F>() <= BYTES,
                "wakeful: this future is larger than its Storage<BYTES>: raise BYTES"
            );
            assert!(
                align_of::<F>() <= align_of::<Self>(),
                "wakeful: this future needs a larger alignment than a Storage has: \
                 16 bytes where pointers have 8, otherwise 8"
            );
        }
        // Acquire: pairs with the release that ended the former tenant.
        let claimed =
            self.occupied.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        if claimed.is_err() {
            return Err(PlaceError(future));
        }
        // SAFETY: there is room, aligned, and nobody else uses it (One tenant).
        unsafe { self.content::<F>().write(future) };
        Ok(Placed { storage: self, future: PhantomData })
    }

    /// Whether a future is in it.
    pub fn is_occupied(&self) -> bool {
        self.occupied.load(Ordering::Relaxed)
    }

    fn content<F>(&self) -> *mut F {
        self.body.get().cast()
    }
}

impl<const BYTES: usize> Default for Storage<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// A future in a [`Storage`]: one pointer, and the future's owner.
///
/// # Cancellation
/// Dropping it drops the future and frees the storage; forgetting it keeps both for ever.
#[must_use = "futures do nothing unless awaited or spawned"]
pub struct Placed<F, const BYTES: usize> {
    storage: &'static Storage<BYTES>,
    future: PhantomData<F>,
}

// The future is pinned in the static, wherever this pointer goes.
impl<F, const BYTES: usize> Unpin for Placed<F, BYTES> {}

impl<F: Future, const BYTES: usize> Future for Placed<F, BYTES> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future is there and is this `Placed`'s alone (One tenant).
        let future = unsafe { &mut *self.storage.content::<F>() };
        // SAFETY: it is in a static, and leaves it only by being dropped in its place.
        unsafe { Pin::new_unchecked(future) }.poll(cx)
    }
}

impl<F, const BYTES: usize> Drop for Placed<F, BYTES> {
    fn drop(&mut self) {
        /// Frees the storage also when the future's drop panics.
        struct Free<'a>(&'a AtomicBool);

        impl Drop for Free<'_> {
            fn drop(&mut self) {
                // Release: the future's bytes are no longer used by this thread.
                self.0.store(false, Ordering::Release);
            }
        }

        let _free = Free(&self.storage.occupied);
        // SAFETY: the future is there, and nobody will use it again (One tenant).
        unsafe { self.storage.content::<F>().drop_in_place() };
    }
}

/// The storage is occupied; [`into_inner`](Self::into_inner) gives the future back.
/// See [`Storage`].
pub struct PlaceError<F>(F);

impl<F> PlaceError<F> {
    /// The future that found no room, untouched.
    pub fn into_inner(self) -> F {
        self.0
    }
}

error_with_value!(PlaceError {
    Self(_) => "PlaceError(..)", "the storage is occupied by another future";
});
