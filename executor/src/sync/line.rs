//! What is behind a [`Channel`](super::Channel): the values, who waits, and what is set aside.
//!
//! # Invariants
//! - **Set aside**: each chosen sender has a place kept free for it (`places`), each chosen receiver
//!   a value kept for it (`values`). Nobody else gets those, so nobody overtakes those who wait.
//! - **Offered**: a place or value that becomes free is offered to the first in line at once. While
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
    /// Free places that are kept for chosen senders.
    places: Cell<usize>,
    /// Values in the ring that are kept for chosen receivers.
    values: Cell<usize>,
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
            places: Cell::new(0),
            values: Cell::new(0),
            is_closed: Cell::new(false),
            ring: Ring::<Deque<T, N>>::new(),
        }
    }
}

impl<T> Line<T> {
    /// Puts a value into a place that is free and kept for nobody.
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.is_closed.get() {
            return Err(TrySendError::Closed(value));
        }
        if self.ring.len() + self.places.get() >= self.ring.capacity() {
            return Err(TrySendError::Full(value));
        }
        self.ring.push(value).map_err(TrySendError::Full)?;
        self.offer_value();
        Ok(())
    }

    /// Takes the oldest value, if one is kept for nobody.
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        if self.ring.len() > self.values.get() {
            let value = self.ring.pop().ok_or(TryRecvError::Empty)?;
            self.offer_place();
            return Ok(value);
        }
        Err(if self.is_closed.get() {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
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

    /// A chosen sender came for its place: it is free now, and the sender is the next to act.
    #[inline]
    pub(super) fn claim_place(&self) {
        self.places.set(self.places.get() - 1);
    }

    /// A chosen receiver came for its value, likewise.
    #[inline]
    pub(super) fn claim_value(&self) {
        self.values.set(self.values.get() - 1);
    }

    /// A place is free: keep it for the first sender in line, if there is one.
    #[inline]
    pub(super) fn offer_place(&self) {
        if let Some(call) = self.senders.grant_first() {
            self.places.set(self.places.get() + 1);
            call.wake();
        }
    }

    /// A value is free: keep it for the first receiver in line, if there is one.
    #[inline]
    pub(super) fn offer_value(&self) {
        if let Some(call) = self.receivers.grant_first() {
            self.values.set(self.values.get() + 1);
            call.wake();
        }
    }
}
