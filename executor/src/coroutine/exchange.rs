//! [`Exchange`], where a coroutine and its resumer swap values, and [`Yield`], which does it.
//!
//! A yield puts its value into the exchange at its first poll, and is *outstanding* from then until
//! it has its answer or is dropped. The coroutine takes the value after that poll, and puts the
//! answer in before the next. Everything is a cell used by one thread, and no borrow lasts.
//!
//! What lies in the exchange belongs to the outstanding yield, which takes it back when it is
//! dropped. A body can hand a yield out, so that the yield outlives its coroutine. Such a yield is
//! *stale*: what lies in the exchange belongs to another one by then. So yields are numbered, and a
//! yield touches the exchange only while the outstanding number is its own.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// The place where a coroutine and its resumer swap values: `Out` is yielded, `In` is sent.
///
/// It lives outside the coroutine, usually in a local variable just above it, so that both can
/// borrow it. It is as large as an `Option<In>`, an `Option<Out>`, two numbers and a flag. See
/// the [module](super) for an example.
pub struct Exchange<In, Out> {
    pub(super) sent: Cell<Option<In>>,
    pub(super) yielded: Cell<Option<Out>>,
    /// The number of the yield that gave its value and has no answer yet; 0 if there is none.
    outstanding: Cell<usize>,
    /// How many yields there were.
    yields: Cell<usize>,
    is_claimed: Cell<bool>,
}

impl<In, Out> Exchange<In, Out> {
    /// An empty exchange.
    pub const fn new() -> Self {
        Self {
            sent: Cell::new(None),
            yielded: Cell::new(None),
            outstanding: Cell::new(0),
            yields: Cell::new(0),
            is_claimed: Cell::new(false),
        }
    }

    /// Gives `value` to the resumer and waits for the value that it sends back.
    ///
    /// # Panics
    /// The future panics when another yield of this exchange is outstanding (two of them joined),
    /// because that one's value would be lost. It panics when it is polled after the coroutine that
    /// it was polled in is gone, because the answer would be another yield's. And it panics when it
    /// is polled after it was ready.
    ///
    /// # Cancellation
    /// If it is dropped before the resumer has taken the value, the value was never yielded. If it
    /// is dropped later, the answer that is sent to it is dropped too.
    pub fn yield_(&self, value: Out) -> Yield<'_, In, Out> {
        Yield { exchange: self, value: Some(value), number: 0 }
    }

    /// Takes out what the resumer has not seen, and what the body has not. No yield is outstanding
    /// afterwards.
    fn clear(&self) {
        self.outstanding.set(0);
        drop((self.yielded.take(), self.sent.take()));
    }
}

impl<In, Out> Default for Exchange<In, Out> {
    fn default() -> Self {
        Self::new()
    }
}

/// The future of [`Exchange::yield_`].
#[must_use = "nothing is yielded until it is awaited"]
pub struct Yield<'x, In, Out> {
    exchange: &'x Exchange<In, Out>,
    /// Until the first poll.
    value: Option<Out>,
    /// From the first poll to the answer; 0 before and after.
    number: usize,
}

/// No field is ever pinned: the first poll moves the value out.
impl<In, Out> Unpin for Yield<'_, In, Out> {}

impl<In, Out> Future for Yield<'_, In, Out> {
    type Output = In;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<In> {
        let exchange = self.exchange;
        let outstanding = exchange.outstanding.get();
        if let Some(value) = self.value.take() {
            assert!(outstanding == 0, "one yield at a time: another one is outstanding");
            self.number = exchange.yields.get().wrapping_add(1).max(1);
            exchange.yields.set(self.number);
            exchange.outstanding.set(self.number);
            exchange.yielded.set(Some(value));
            return Poll::Pending;
        }
        assert!(self.number != 0, "a yield was polled after it had its answer");
        assert!(self.number == outstanding, "a yield was polled after its coroutine was gone");
        let Some(answer) = exchange.sent.take() else {
            return Poll::Pending;
        };
        exchange.outstanding.set(0);
        self.number = 0;
        Poll::Ready(answer)
    }
}

impl<In, Out> Drop for Yield<'_, In, Out> {
    fn drop(&mut self) {
        if self.number != 0 && self.number == self.exchange.outstanding.get() {
            self.exchange.clear();
        }
    }
}

/// The right of one coroutine to its exchange.
pub(super) struct Claim<'x, In, Out>(pub(super) &'x Exchange<In, Out>);

impl<'x, In, Out> Claim<'x, In, Out> {
    pub(super) fn new(exchange: &'x Exchange<In, Out>) -> Self {
        let is_free = !exchange.is_claimed.replace(true);
        assert!(is_free, "an exchange serves one coroutine at a time");
        Self(exchange)
    }
}

impl<In, Out> Drop for Claim<'_, In, Out> {
    /// The body is gone. A yield that it leaked must not hinder the exchange's next coroutine.
    fn drop(&mut self) {
        self.0.is_claimed.set(false);
        self.0.clear();
    }
}
