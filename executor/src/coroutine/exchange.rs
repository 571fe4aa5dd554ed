//! [`Exchange`], the place where values are swapped, and [`Yield`], the stop at which that happens.
//!
//! A yield puts its value into the exchange at its first poll and is *outstanding* from then until
//! it has its answer or is dropped. The coroutine takes the value after that poll, and puts the
//! answer in before the next. All of it is cells on one thread: no borrow outlives a line.
//!
//! What lies in the exchange belongs to the outstanding yield, which takes it along when it is
//! dropped. A body can hand a yield out, and then the yield may outlive its coroutine; it is
//! *stale* then, and what lies there is another's. So each yield remembers whose it was.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// The place where a coroutine and its resumer swap values: `Out` is yielded, `In` is sent.
///
/// It lives outside the coroutine, as a rule in a local variable just above it, so that both can
/// borrow it. It is as large as an `Option<In>`, an `Option<Out>`, a counter and two flags. See the
/// [module](super) for an example.
pub struct Exchange<In, Out> {
    pub(super) sent: Cell<Option<In>>,
    pub(super) yielded: Cell<Option<Out>>,
    /// A yield has given its value and has no answer yet.
    outstanding: Cell<bool>,
    claimed: Cell<bool>,
    /// How many coroutines this exchange has served to their ends.
    served: Cell<usize>,
}

impl<In, Out> Exchange<In, Out> {
    /// An empty exchange.
    pub const fn new() -> Self {
        Self {
            sent: Cell::new(None),
            yielded: Cell::new(None),
            outstanding: Cell::new(false),
            claimed: Cell::new(false),
            served: Cell::new(0),
        }
    }

    /// Gives `value` to the resumer and waits for the value that it sends back.
    ///
    /// # Panics
    ///
    /// The future panics when another yield of this exchange is outstanding (two of them joined),
    /// because its value would be overwritten unseen, and when it is polled on after the coroutine
    /// that it was polled in is gone, because the answer would be another's.
    ///
    /// # Cancellation
    ///
    /// Dropped before the resumer has taken the value, the value was never yielded. Dropped later,
    /// the answer that is sent to it is dropped with it, or unseen when the body stops next.
    pub fn yield_(&self, value: Out) -> Yield<'_, In, Out> {
        Yield {
            exchange: self,
            stage: Stage::Holds(value),
        }
    }
}

impl<In, Out> Default for Exchange<In, Out> {
    fn default() -> Self {
        Self::new()
    }
}

impl<In, Out> fmt::Debug for Exchange<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("claimed", &self.claimed.get())
            .finish_non_exhaustive()
    }
}

/// The future of [`Exchange::yield_`].
#[must_use = "nothing is yielded until it is awaited"]
pub struct Yield<'x, In, Out> {
    exchange: &'x Exchange<In, Out>,
    stage: Stage<Out>,
}

enum Stage<Out> {
    /// Not polled: the value is still here.
    Holds(Out),
    /// The value lies in the exchange, or the resumer has taken it. The number is `served` then.
    Gave(usize),
    /// The answer has come, or the yield was refused.
    Done,
}

/// No field is ever pinned: the value is moved out of the future at the first poll.
impl<In, Out> Unpin for Yield<'_, In, Out> {}

impl<In, Out> Future for Yield<'_, In, Out> {
    type Output = In;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<In> {
        let exchange = self.exchange;
        match core::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Holds(value) => {
                let other = exchange.outstanding.replace(true);
                assert!(!other, "one yield at a time: another one is outstanding");
                self.stage = Stage::Gave(exchange.served.get());
                exchange.yielded.set(Some(value));
                Poll::Pending
            }
            Stage::Gave(served) => {
                assert!(
                    served == exchange.served.get(),
                    "a yield was polled after its coroutine was gone"
                );
                let Some(answer) = exchange.sent.take() else {
                    self.stage = Stage::Gave(served);
                    return Poll::Pending;
                };
                exchange.outstanding.set(false);
                Poll::Ready(answer)
            }
            Stage::Done => panic!("a yield was polled after it had its answer"),
        }
    }
}

impl<In, Out> Drop for Yield<'_, In, Out> {
    /// Takes back a value that the resumer has not seen, and an answer that the body has not. They
    /// can be no other's (*one each*), unless this yield is stale.
    fn drop(&mut self) {
        let exchange = self.exchange;
        if matches!(self.stage, Stage::Gave(served) if served == exchange.served.get()) {
            exchange.outstanding.set(false);
            drop((exchange.yielded.take(), exchange.sent.take()));
        }
    }
}

impl<In, Out> fmt::Debug for Yield<'_, In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yield").finish_non_exhaustive()
    }
}

/// The right of one coroutine to its exchange.
pub(super) struct Claim<'x, In, Out>(pub(super) &'x Exchange<In, Out>);

impl<'x, In, Out> Claim<'x, In, Out> {
    pub(super) fn new(exchange: &'x Exchange<In, Out>) -> Self {
        assert!(
            !exchange.claimed.replace(true),
            "an exchange serves one coroutine at a time"
        );
        Self(exchange)
    }
}

impl<In, Out> Drop for Claim<'_, In, Out> {
    /// The body is gone. A yield that it leaked must not hinder the exchange's next coroutine.
    fn drop(&mut self) {
        let Exchange {
            sent,
            yielded,
            outstanding,
            claimed,
            served,
        } = self.0;
        served.set(served.get().wrapping_add(1));
        outstanding.set(false);
        claimed.set(false);
        drop((sent.take(), yielded.take()));
    }
}
