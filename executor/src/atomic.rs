//! The atomics of this crate: every file that shares a word with another context imports from here.
//!
//! - On most targets these are `core`'s atomics.
//! - With feature `critical-section`, and without `std`, they are those of [`masked`]: loads and
//!   stores are `core`'s, and a read-modify-write runs inside a critical section. So the crate works
//!   on processors that have no compare-and-swap (Cortex-M0, RISC-V without the A extension).
//! - In the tests they are a model checker's, because the tests compile the same source files with
//!   another `atomic` module.

#[cfg(all(not(target_has_atomic = "ptr"), not(feature = "critical-section")))]
compile_error!(
    "wakeful-executor: this processor has no compare-and-swap. Enable feature `critical-section`, \
     and have a board crate (for example cortex-m with `critical-section-single-core`) define the \
     critical section."
);

#[cfg(all(feature = "critical-section", not(feature = "std")))]
mod masked;

#[cfg(not(all(feature = "critical-section", not(feature = "std"))))]
use core::sync::atomic as words;
#[cfg(all(feature = "critical-section", not(feature = "std")))]
use masked as words;

pub(crate) use words::{AtomicBool, AtomicU32, AtomicUsize};

// Where these are masked, they are only loaded and stored.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) use core::sync::atomic::AtomicU16 as AtomicIndex;
#[cfg(target_pointer_width = "64")]
pub(crate) use core::sync::atomic::AtomicU32 as AtomicIndex;
pub(crate) use core::sync::atomic::{AtomicPtr, Ordering};

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
