//! The one place that names the atomics.
//!
//! Everything lock-free in this crate imports from here, so that the same source files run on
//! `core`'s atomics, on `portable-atomic`'s where the processor lacks compare-and-swap, and, in the
//! tests, on a model checker's. [`Index`] is how slots name each other: two bytes where RAM is
//! counted in kilobytes, four where pointers have eight.

#[cfg(all(not(target_pointer_width = "64"), not(feature = "portable-atomic")))]
pub(crate) use core::sync::atomic::AtomicU16 as AtomicIndex;
#[cfg(all(target_pointer_width = "64", not(feature = "portable-atomic")))]
pub(crate) use core::sync::atomic::AtomicU32 as AtomicIndex;
#[cfg(not(feature = "portable-atomic"))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence};

#[cfg(all(not(target_pointer_width = "64"), feature = "portable-atomic"))]
pub(crate) use portable_atomic::AtomicU16 as AtomicIndex;
#[cfg(all(target_pointer_width = "64", feature = "portable-atomic"))]
pub(crate) use portable_atomic::AtomicU32 as AtomicIndex;
#[cfg(feature = "portable-atomic")]
pub(crate) use portable_atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence};

/// The number of a slot, and of its links.
#[cfg(target_pointer_width = "64")]
pub(crate) type Index = u32;
/// The number of a slot, and of its links.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) type Index = u16;

/// `core`'s `UnsafeCell` with the accessors of a model checker's, which wants to see each access.
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Hands out the pointer for reading.
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Hands out the pointer for writing.
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}
