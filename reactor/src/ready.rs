//! Queued waiters: futures of one readiness, any number for each source.

use crate::Async;
use crate::operate;
use crate::reactor;
use crate::side::{Gate, Side, Stamp};
use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A place in a source's queue, taken at the first poll that has to wait, given back by the drop.
pub(crate) struct Queued<H: Borrow<Async<T>>, T> {
    handle: H,
    side: Side,
    place: Option<usize>,
    inner: PhantomData<fn() -> T>,
}

impl<H: Borrow<Async<T>>, T> Queued<H, T> {
    pub(crate) fn new(handle: H, side: Side) -> Queued<H, T> {
        Queued {
            handle,
            side,
            place: None,
            inner: PhantomData,
        }
    }

    /// Ready when an operation may be tried.
    pub(crate) fn poll_gate(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Stamp>> {
        let key = self.handle.borrow().key();
        let gate = reactor::with(|reactor| Ok(reactor.sources().gate(key, self.side)))?;
        match gate {
            Gate::Open(stamp) => Poll::Ready(Ok(stamp)),
            Gate::GiveWay => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Gate::Shut => {
                self.enqueue(cx)?;
                Poll::Pending
            }
        }
    }

    /// Ready when an event has woken this waiter, or when the system says so now.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let key = self.handle.borrow().key();
        let gate = reactor::with(|reactor| {
            let woken = self
                .place
                .is_some_and(|place| reactor.sources().was_woken(key, place));
            match woken {
                true => Ok(reactor.sources().gate(key, self.side)),
                false => operate::look(reactor, key, self.side),
            }
        })?;
        match gate {
            Gate::Open(_) => Poll::Ready(Ok(())),
            Gate::GiveWay => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Gate::Shut => {
                self.enqueue(cx)?;
                Poll::Pending
            }
        }
    }

    fn enqueue(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let key = self.handle.borrow().key();
        let waker = cx.waker().clone();
        reactor::with(|reactor| {
            let place = &mut self.place;
            let stored = reactor.sources().enqueue(key, self.side, place, waker);
            reactor.arm(key, stored).map(drop)
        })
    }
}

impl<H: Borrow<Async<T>>, T> Drop for Queued<H, T> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let key = self.handle.borrow().key();
            // The waker comes out of the closure and is dropped with no borrow held.
            let _waker = reactor::try_with(|reactor| reactor.sources().dequeue(key, place));
        }
    }
}

/// Waits until a handle can be read from: see [`Async::readable`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct Readable<'a, T>(pub(crate) Queued<&'a Async<T>, T>);

/// Waits until a shared handle can be read from: see [`Async::readable_owned`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReadableOwned<T>(pub(crate) Queued<Arc<Async<T>>, T>);

/// Waits until a handle can be written to: see [`Async::writable`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct Writable<'a, T>(pub(crate) Queued<&'a Async<T>, T>);

/// Waits until a shared handle can be written to: see [`Async::writable_owned`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct WritableOwned<T>(pub(crate) Queued<Arc<Async<T>>, T>);

macro_rules! readiness_future {
    ($name:ident, $future:ty $(, $life:lifetime)?) => {
        impl<$($life,)? T> Unpin for $future {}

        impl<$($life,)? T> Future for $future {
            type Output = io::Result<()>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_ready(cx)
            }
        }

        impl<$($life,)? T> fmt::Debug for $future {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

readiness_future!(Readable, Readable<'a, T>, 'a);
readiness_future!(ReadableOwned, ReadableOwned<T>);
readiness_future!(Writable, Writable<'a, T>, 'a);
readiness_future!(WritableOwned, WritableOwned<T>);
