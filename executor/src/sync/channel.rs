//! [`Channel`]: a bounded queue of values between tasks.
//!
//! A sender keeps its value until it has a place for it and runs. So a `send` that is dropped has
//! certainly sent nothing, and a `recv` that is dropped has taken nothing.
//!
//! # Invariants
//! - **Two wait lists**: the permits of `places` are empty places of the ring, those of `values` are
//!   values in it. A task that has a permit therefore finds in the ring what it needs.
//! - **Quiet ring**: the ring is borrowed for single calls that count values or move one, and none
//!   of them runs user code. So no two borrows overlap. No other thread has one, because an
//!   `UnsafeCell` is not `Sync`.

#![allow(unsafe_code)] // Borrowing the ring without a borrow counter: it is done four times a value.

use core::cell::UnsafeCell;
use core::pin::Pin;
use core::task::{Poll, Waker};

use heapless::deque::{Deque, DequeView};

use super::error::{SendError, TryRecvError, TrySendError};
use super::wait::{Wait, Want};
use super::wait_list::{WaitList, Waiter};

/// A channel with room for `N` values, for any number of senders and receivers on one thread.
///
/// It has no ends to clone: share a reference.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::sync::{Channel, TakeCell};
/// use wakeful_executor::{Executor, block_on};
///
/// static EXECUTOR: Executor<2, 256> = Executor::new();
/// static PAGES: TakeCell<Channel<u32, 1>> = TakeCell::new(Channel::new());
///
/// let local = EXECUTOR.take().expect("taken once");
/// let pages = PAGES.take().expect("taken once");
/// let sum = local.spawn(async {
///     let mut sum = 0;
///     while let Some(page) = pages.recv().await {
///         sum += page;
///     }
///     sum
/// }).expect("two slots");
/// block_on(local.run_until(async {
///     for page in 1..=4 {
///         pages.send(page).await.expect("nobody closes it before us");
///     }
///     pages.close();
///     assert_eq!(sum.await, 10);
/// }));
/// # }
/// ```
pub struct Channel<T, const N: usize> {
    parts: Parts<Deque<T, N>>,
}

/// A channel. Its ring is a `Deque<T, N>` where it is stored. Code uses it as a `DequeView<T>`, so
/// that it exists once for each type of values and not once for each capacity.
struct Parts<D: ?Sized> {
    places: WaitList,
    values: WaitList,
    ring: UnsafeCell<D>,
}

type View<T> = Parts<DequeView<T>>;

impl<T, const N: usize> Channel<T, N> {
    /// An empty channel. One without room for a value does not compile.
    pub const fn new() -> Self {
        const { assert!(N > 0, "a channel needs room for at least one value") };
        Self {
            parts: Parts {
                places: WaitList::new(N),
                values: WaitList::new(0),
                ring: UnsafeCell::new(Deque::new()),
            },
        }
    }

    /// Sends a value, and waits for room if there is none.
    ///
    /// # Errors
    /// Gives the value back if the channel is closed, or becomes closed before there is room.
    ///
    /// # Panics
    /// When it is polled again after it was ready.
    ///
    /// # Cancellation
    /// Dropping the future sends nothing; the value is dropped with it. If a place was set aside for
    /// it already, the next sender gets that place.
    pub fn send(&self, value: T) -> ChannelSend<'_, T> {
        let value = Some(value);
        Wait::new(Sending { channel: self.view(), value }, &self.parts.places, 1)
    }

    /// Sends a value if there is room now that is not set aside for a sender.
    ///
    /// # Errors
    /// Gives the value back if the channel is full or closed.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.is_closed() {
            return Err(TrySendError::Closed(value));
        }
        match self.parts.places.try_claim(1) {
            true => self.view().put(value).map_err(TrySendError::Full),
            false => Err(TrySendError::Full(value)),
        }
    }

    /// Receives the oldest value, and waits for one if there is none. `None`: the channel is closed
    /// and empty.
    ///
    /// Receivers are served in the order in which they came; values leave in the order in which they
    /// were sent.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing. If a value was set aside for it already, the next receiver
    /// gets that value.
    pub fn recv(&self) -> ChannelRecv<'_, T> {
        Wait::new(Receiving(self.view()), &self.parts.values, 1)
    }

    /// Receives the oldest value if there is one that is not set aside for a receiver.
    ///
    /// # Errors
    /// There is none now, or the channel is closed and there will be none.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.parts.values.try_claim(1) {
            true => self.view().get().ok_or(TryRecvError::Empty),
            false if self.is_closed() => Err(TryRecvError::Closed),
            false => Err(TryRecvError::Empty),
        }
    }

    /// Closes the channel: every `send` fails from now on, also those that wait. Receivers get the
    /// values that are left, and then `None`.
    pub fn close(&self) {
        self.parts.places.close();
        self.parts.values.close();
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.parts.places.is_closed.get()
    }

    /// How many values are in it, also those that are set aside for a receiver.
    pub fn len(&self) -> usize {
        // SAFETY: a shared reference is sound while nobody has an exclusive one (Quiet ring).
        unsafe { &*self.view().ring.get() }.storage_len()
    }

    /// Whether no value is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values have room in it: `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    fn view(&self) -> &View<T> {
        &self.parts
    }
}

impl<T, const N: usize> Default for Channel<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> View<T> {
    /// Puts a value into the place for which the caller has a permit.
    #[inline]
    fn put(&self, value: T) -> Result<(), T> {
        // SAFETY: an exclusive reference is sound while there is no other (Quiet ring).
        unsafe { &mut *self.ring.get() }.push_back(value)?;
        self.values.release(1);
        Ok(())
    }

    /// Takes the oldest value; the caller has a permit for one.
    #[inline]
    fn get(&self) -> Option<T> {
        // SAFETY: an exclusive reference is sound while there is no other (Quiet ring).
        let value = unsafe { &mut *self.ring.get() }.pop_front();
        self.places.release(1);
        value
    }
}

/// The future of [`Channel::send`].
pub type ChannelSend<'a, T> = Wait<'a, Sending<'a, T>>;

/// The future of [`Channel::recv`].
pub type ChannelRecv<'a, T> = Wait<'a, Receiving<'a, T>>;

/// A place for a value.
pub struct Sending<'a, T> {
    channel: &'a View<T>,
    value: Option<T>,
}

/// A value.
pub struct Receiving<'a, T>(&'a View<T>);

impl<T> Want for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<Self::Output> {
        assert!(self.value.is_some(), "a `send` was polled after it had finished");
        if waiter.claim(1, waker).is_pending() {
            return Poll::Pending;
        }
        let Some(value) = self.value.take() else { unreachable!("it was there above") };
        // In a closed channel nobody needs the place any more.
        Poll::Ready(match self.channel.places.is_closed.get() {
            true => Err(SendError(value)),
            false => self.channel.put(value).map_err(SendError),
        })
    }
}

impl<T> Want for Receiving<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(&mut self, waiter: Pin<&Waiter<'_>>, waker: &Waker) -> Poll<Option<T>> {
        waiter.claim(1, waker).map(|is_mine| is_mine.then(|| self.0.get())?)
    }
}
