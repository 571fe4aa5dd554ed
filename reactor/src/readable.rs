//! Futures of readiness alone, for those who do the operation themselves.

use crate::{Async, event::Direction, io_op::Waiter};
use std::task::{Context, Poll};
use std::{fmt, io, pin::Pin, sync::Arc};

impl<T> Async<T> {
    /// Waits until the handle can be read from: there is data, the end, or an error. It may be
    /// spurious: another task may have read what was there.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn readable(&self) -> Readable<'_, T> {
        Readable(Waiter::new(self.key(), Direction::Read), self)
    }

    /// The same, by a shared handle that the future owns.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn readable_owned(self: Arc<Self>) -> ReadableOwned<T> {
        ReadableOwned(Waiter::new(self.key(), Direction::Read), self)
    }

    /// Waits until the handle can be written to: there is room, or an error. It may be spurious.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn writable(&self) -> Writable<'_, T> {
        Writable(Waiter::new(self.key(), Direction::Write), self)
    }

    /// The same, by a shared handle that the future owns.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn writable_owned(self: Arc<Self>) -> WritableOwned<T> {
        WritableOwned(Waiter::new(self.key(), Direction::Write), self)
    }
}

/// Defines a future of readiness: a waiter, which is dropped first, and the handle.
macro_rules! readiness_future {
    ($name:ident<$($life:lifetime,)? T>, $handle:ty, $what:literal, $method:literal) => {
        #[doc = concat!("Waits until a handle can be ", $what, ": see [`Async::", $method, "`].")]
        #[must_use = "futures do nothing unless they are awaited or polled"]
        pub struct $name<$($life,)? T>(
            Waiter,
            #[allow(dead_code, reason = "it is kept for the waiter")] $handle,
        );

        impl<$($life,)? T> Unpin for $name<$($life,)? T> {}

        impl<$($life,)? T> Future for $name<$($life,)? T> {
            type Output = io::Result<()>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_readiness(cx)
            }
        }

        impl<$($life,)? T> fmt::Debug for $name<$($life,)? T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

readiness_future!(Readable<'a, T>, &'a Async<T>, "read from", "readable");
readiness_future!(ReadableOwned<T>, Arc<Async<T>>, "read from", "readable_owned");
readiness_future!(Writable<'a, T>, &'a Async<T>, "written to", "writable");
readiness_future!(WritableOwned<T>, Arc<Async<T>>, "written to", "writable_owned");
