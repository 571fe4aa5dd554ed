//! What is behind a [`Channel`](super::Channel): the values, who waits, and what is set aside.
//!
//! # Invariants
//! - **Set aside**: a place is empty, and either *free* or kept for a chosen sender; a value is
//!   free or kept for a chosen receiver. Only the free ones are counted here, and the `try_` forms
//!   have only those, so nobody overtakes those who wait.
//! - **Offered**: a place or value is offered to the first in line before it becomes free. While
//!   senders wait, no place is free; while receivers wait, no value is.

use core::cell::Cell;

use heapless::deque::{Deque, DequeView};

use super::error::{TryRecvError, TrySendError};
use super::list::{Turn, WaitList};
use super::ring::Ring;

/// A line of values with its numbers and its waiters.
pub(super) struct Parts<R: ?Sized> {
    pub(super) senders: WaitList,
    pub(super) receivers: WaitList,
    free_places: Cell<usize>,
    free_values: Cell<usize>,
    is_closed: Cell<bool>,
    ring: R,
}

/// The line as it is kept: its room is known.
pub(super) type Owned<T, const N: usize> = Parts<Ring<Deque<T, N>>>;

/// The line as it is used.
pub(super) type Line<T> = Parts<Ring<DequeView<T>>>;

impl<T, const N: usize> Owned<T, N> {
    pub(super) const fn new() -> Self {
        const { assert!(N > 0, "a channel needs room for at least one value") };
        Self {
            senders: WaitList::new(),
            receivers: WaitList::new(),
            free_places: Cell::new(N),
            free_values: Cell::new(0),
            is_closed: Cell::new(false),
            ring: Ring::<Deque<T, N>>::new(),
        }
    }
}

impl<T> Line<T> {
    /// Puts a value into a free place.
    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.is_closed.get() {
            return Err(TrySendError::Closed(value));
        }
        let Some(left) = self.free_places.get().checked_sub(1) else {
            return Err(TrySendError::Full(value));
        };
        self.free_places.set(left);
        self.put(value).map_err(TrySendError::Full)
    }

    /// Takes the oldest value, if one is free.
    #[inline]
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let Some(left) = self.free_values.get().checked_sub(1) else {
            let is_closed = self.is_closed.get();
            return Err(if is_closed {
                TryRecvError::Closed
            } else {
                TryRecvError::Empty
            });
        };
        self.free_values.set(left);
        self.take().ok_or(TryRecvError::Empty)
    }

    /// Puts a value into the caller's place: one that is empty and no longer counted as free.
    #[inline]
    pub(super) fn put(&self, value: T) -> Result<(), T> {
        self.ring.push(value)?;
        self.offer_value();
        Ok(())
    }

    /// Takes the oldest value on account of the caller's: one that is no longer counted as free.
    #[inline]
    pub(super) fn take(&self) -> Option<T> {
        let value = self.ring.pop();
        self.offer_place();
        value
    }

    /// Closes, and sends everybody home.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.senders.tell(usize::MAX, Turn::Released);
        self.receivers.tell(usize::MAX, Turn::Released);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    /// A place is empty: it is kept for the first sender in line, or free.
    #[inline]
    pub(super) fn offer_place(&self) {
        match self.senders.grant_first() {
            Some(call) => call.wake(),
            None => self.free_places.set(self.free_places.get() + 1),
        }
    }

    /// A value is there: it is kept for the first receiver in line, or free.
    #[inline]
    pub(super) fn offer_value(&self) {
        match self.receivers.grant_first() {
            Some(call) => call.wake(),
            None => self.free_values.set(self.free_values.get() + 1),
        }
    }
}
