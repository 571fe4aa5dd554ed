//! [`TakeCell`]: a `static` for a value that one thread uses.
//!
//! # Invariants
//! - **Taken once**: only [`take`](TakeCell::take) gives the value out, and it succeeds once. So all
//!   references to the value come from that one, on the thread that took it.
//!
//! # Orderings
//! The value of a `static` is made before the program runs, and one thread uses it. So the flag need
//! not order anything, and its swap is relaxed.

#![allow(unsafe_code)] // The promise that makes a value for one thread `Sync`.

use crate::atomic::{AtomicBool, Ordering};

/// A value in a `static`, for the thread that takes it first, and only for that one.
///
/// Tasks cannot borrow from a stack, and a `static` must be `Sync`, which the primitives for one
/// thread are not. With a heap tasks share them by an `Rc`, and without one by this.
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

// SAFETY: sharing the cell must not let two threads use the value at once. Only one reference is ever
// given out (Taken once). It may be on another thread than the one that made the value: `Send`.
unsafe impl<T: Send> Sync for TakeCell<T> {}

impl<T> TakeCell<T> {
    /// A cell whose value nobody has taken.
    pub const fn new(value: T) -> Self {
        Self { is_taken: AtomicBool::new(false), value }
    }

    /// The value; `None` if it was taken already.
    pub fn take(&'static self) -> Option<&'static T> {
        // Relaxed: see Orderings.
        if self.is_taken.swap(true, Ordering::Relaxed) { None } else { Some(&self.value) }
    }
}
