//! What is behind a [`Channel`](super::Channel): the values, and the gates before and behind them.
//!
//! # Invariants
//! - **Two gates**: what is free or kept at `places`, and what is free or kept at `values`, make up
//!   the ring's room; a value that is being moved in or out belongs to neither. So who has passed a
//!   gate finds in the ring what the gate let it through for.

use heapless::deque::{Deque, DequeView};

use super::error::{TryRecvError, TrySendError};
use super::gate::Gate;
use super::ring::Ring;

/// A line of values with its gates.
pub(super) struct Parts<R: ?Sized> {
    /// Here senders wait for an empty place.
    pub(super) places: Gate,
    /// Here receivers wait for a value.
    pub(super) values: Gate,
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
            places: Gate::new(N),
            values: Gate::new(0),
            ring: Ring::<Deque<T, N>>::new(),
        }
    }
}

impl<T> Line<T> {
    /// Puts a value into a free place.
    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.is_closed() {
            return Err(TrySendError::Closed(value));
        }
        match self.places.claim() {
            true => self.put(value).map_err(TrySendError::Full),
            false => Err(TrySendError::Full(value)),
        }
    }

    /// Takes the oldest value, if one is free.
    #[inline]
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.values.claim() {
            true => self.take().ok_or(TryRecvError::Empty),
            false if self.is_closed() => Err(TryRecvError::Closed),
            false => Err(TryRecvError::Empty),
        }
    }

    /// Puts a value into the caller's place, for which it has passed the gate.
    #[inline]
    pub(super) fn put(&self, value: T) -> Result<(), T> {
        self.ring.push(value)?;
        self.values.offer();
        Ok(())
    }

    /// Takes the oldest value, on account of the one for which the caller has passed the gate.
    #[inline]
    pub(super) fn take(&self) -> Option<T> {
        let value = self.ring.pop();
        self.places.offer();
        value
    }

    /// Closes, and sends everybody home.
    pub(super) fn close(&self) {
        self.places.shut();
        self.values.shut();
        self.places.send_home();
        self.values.send_home();
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.places.is_shut()
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }
}
