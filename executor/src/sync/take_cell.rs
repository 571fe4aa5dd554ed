//! [`TakeCell`]: how a value for one thread gets into a `static`.
//!
//! # Invariants
//! - **Taken once**: the value is reached through [`take`](TakeCell::take) alone, which succeeds
//!   once, so all references to it descend from one, on the thread that took it.
//!
//! # Orderings
//! The value is made before the program runs and never changes hands again, so the flag orders
//! nothing: relaxed.

#![allow(unsafe_code)] // The promise that makes a value for one thread `Sync`.

use crate::atomic::{AtomicBool, Ordering};

/// A value in a `static`, for whoever takes it first, and only for that thread.
///
/// Tasks must not borrow from a stack, and a `static` must be `Sync`, which the parts in this module
/// are not. With a heap an `Rc` is the way; without one it is this.
///
/// ```
/// use wakeful_executor::sync::{Channel, TakeCell};
///
/// static PAGES: TakeCell<Channel<u32, 4>> = TakeCell::new(Channel::new());
///
/// let pages: &'static Channel<u32, 4> = PAGES.take().expect("taken once");
/// assert!(PAGES.take().is_none());
/// # pages.close();
/// ```
pub struct TakeCell<T> {
    is_taken: AtomicBool,
    value: T,
}

// SAFETY: sharing the cell must not let two threads reach the value at once. One reference is ever
// given out (Taken once). It may arrive on another thread than that which made the value: `Send`.
unsafe impl<T: Send> Sync for TakeCell<T> {}

impl<T> TakeCell<T> {
    /// A cell whose value nobody has taken.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            value,
        }
    }

    /// The value; `None` if somebody has it already.
    pub fn take(&'static self) -> Option<&'static T> {
        // Relaxed: see Orderings.
        if self.is_taken.swap(true, Ordering::Relaxed) {
            None
        } else {
            Some(&self.value)
        }
    }
}
