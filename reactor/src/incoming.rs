//! The connections of a listener as a stream that outlasts a shortage of descriptors.

use crate::reactor::because;
use crate::ready::Queued;
use crate::side::Side;
use crate::{Async, Timer};
use futures_core::Stream;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The first pause after running out of descriptors.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// A listener whose connections can be accepted one by one. Named by nobody: the module is private.
pub trait Accept: Sized {
    /// What is accepted.
    type Stream;

    /// Accepts one connection, or would block.
    fn accept_one(&self) -> io::Result<Self::Stream>;

    /// Registers an accepted connection.
    fn adopt(stream: Self::Stream) -> io::Result<Async<Self::Stream>>;
}

/// The connections of a listener: see [`Async::<TcpListener>::incoming`](Async::incoming).
#[must_use = "streams do nothing unless they are polled"]
pub struct Incoming<'a, L> {
    listener: &'a Async<L>,
    queued: Queued<&'a Async<L>, L>,
    pause: Option<Timer>,
    next_pause: Duration,
}

impl<'a, L> Incoming<'a, L> {
    pub(crate) fn new(listener: &'a Async<L>) -> Incoming<'a, L> {
        Incoming {
            listener,
            queued: Queued::new(listener, Side::Read),
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
        loop {
            let stamp = ready!(this.queued.poll_gate(cx))?;
            let accepted = match this.listener.io().accept_one() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    this.listener.blocked(Side::Read, stamp);
                    continue;
                }
                accepted => accepted.and_then(L::adopt),
            };
            match &accepted {
                Err(error) if crate::connect::is_shortage(error) => {
                    this.pause = Some(Timer::after(this.next_pause));
                    this.next_pause = LAST_PAUSE.min(this.next_pause * 2);
                }
                _ => this.next_pause = FIRST_PAUSE,
            }
            let item = accepted.map_err(|error| because("accepting a connection", error));
            return Poll::Ready(Some(item));
        }
    }
}

impl<L> fmt::Debug for Incoming<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incoming")
    }
}
