//! A ring of values behind a shared reference: what lies in a channel.
//!
//! Its size is forgotten when it is borrowed, so the code that uses it exists once a value type,
//! not once a capacity.
//!
//! # Invariants
//! - **Quiet**: the deque is borrowed inside the methods of this file only, and they move values
//!   without looking at them: no user code runs, so no second borrow can begin. One thread, because
//!   an `UnsafeCell` is not `Sync`.

#![allow(unsafe_code)] // A borrow counter per access is what this file is there to save.

use core::cell::UnsafeCell;

use heapless::deque::{Deque, DequeView};

/// Values, first in, first out: in a `Deque<T, N>` where it is kept, a `DequeView<T>` where used.
pub(super) struct Ring<D: ?Sized>(UnsafeCell<D>);

impl<T, const N: usize> Ring<Deque<T, N>> {
    pub(super) const fn new() -> Self {
        Self(UnsafeCell::new(Deque::new()))
    }
}

impl<T> Ring<DequeView<T>> {
    /// How many values there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        // SAFETY: a shared reference is sound while nobody has an exclusive one (Quiet).
        unsafe { &*self.0.get() }.storage_len()
    }

    /// Appends a value; a full ring hands it back.
    #[inline]
    pub(super) fn push(&self, value: T) -> Result<(), T> {
        // SAFETY: an exclusive reference is sound while there is no other (Quiet).
        unsafe { &mut *self.0.get() }.push_back(value)
    }

    /// Takes the oldest value.
    #[inline]
    pub(super) fn pop(&self) -> Option<T> {
        // SAFETY: an exclusive reference is sound while there is no other (Quiet).
        unsafe { &mut *self.0.get() }.pop_front()
    }
}
