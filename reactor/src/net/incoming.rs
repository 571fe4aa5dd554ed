//! The connections of a listener as a stream that outlasts a shortage of descriptors.

use super::connect::is_shortage;
use crate::{Async, error::context, event::Direction, io_op::Waiter, time::Timer};
use futures_core::Stream;
use std::task::{Context, Poll, ready};
use std::{io, pin::Pin, time::Duration};

/// The first pause after running out of descriptors.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// A listener whose connections can be accepted one by one. It is public because [`Incoming`] needs
/// it, but users cannot name it: the module is private.
pub trait Accept: Sized {
    /// What is accepted.
    type Stream;

    /// Accepts and registers one connection, or would block.
    fn accept_one(&self) -> io::Result<Async<Self::Stream>>;
}

/// The connections of a listener: see [`Async::<TcpListener>::incoming`](Async::incoming).
#[derive(Debug)]
#[must_use = "streams do nothing unless they are polled"]
pub struct Incoming<'a, L> {
    listener: &'a Async<L>,
    waiter: Waiter,
    pause: Option<Timer>,
    next_pause: Duration,
}

impl<'a, L> Incoming<'a, L> {
    pub(crate) fn new(listener: &'a Async<L>) -> Incoming<'a, L> {
        Incoming {
            listener,
            waiter: Waiter::new(listener.key(), Direction::Read),
            pause: None,
            next_pause: FIRST_PAUSE,
        }
    }
}

impl<L> Unpin for Incoming<'_, L> {}

impl<L: Accept> Stream for Incoming<'_, L> {
    type Item = io::Result<Async<L::Stream>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(pause) = &mut this.pause {
            ready!(Pin::new(pause).poll(cx));
            this.pause = None;
        }
        let listener = this.listener.get_ref();
        let accepted = ready!(this.waiter.poll(cx, |_| listener.accept_one()));
        match &accepted {
            Err(error) if is_shortage(error) => {
                this.pause = Some(Timer::after(this.next_pause));
                this.next_pause = LAST_PAUSE.min(this.next_pause * 2);
            }
            _ => this.next_pause = FIRST_PAUSE,
        }
        let item = accepted.map_err(|error| context("accepting a connection", error));
        Poll::Ready(Some(item))
    }
}
