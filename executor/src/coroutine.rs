//! Coroutines by hand: values go both ways at every yield, and the end carries a value of its own.
//!
//! An executor decides when its tasks run. Here the caller decides: it resumes the coroutine, gets
//! what the coroutine yielded, and resumes it again with an answer. Python calls this a generator
//! with `send`. It needs no executor, no heap and no unstable feature, because an async block already
//! is a function that can stop in the middle and go on later. It only lacks a way to hand values over
//! when it stops, and that is the [`Exchange`].
//!
//! ```
//! use core::pin::pin;
//! use wakeful_executor::coroutine::{Coroutine, Exchange, Step};
//!
//! let exchange = Exchange::new();
//! let mut sum = pin!(Coroutine::new(&exchange, async {
//!     let mut total = 0;
//!     while total < 10 {
//!         let more: i32 = exchange.yield_(total).await; // gives `total`, takes `more`
//!         total += more;
//!     }
//!     "enough"
//! }));
//! assert_eq!(sum.as_mut().start(), Step::Yielded(0));
//! assert_eq!(sum.as_mut().send(4), Ok(Step::Yielded(4)));
//! assert_eq!(sum.as_mut().send(7), Ok(Step::Complete("enough")));
//! assert!(sum.as_mut().send(1).is_err()); // it has finished
//! ```
//!
//! # Terms
//!
//! - *Resume*: let the body run on, by [`start`](Coroutine::start) or [`send`](Coroutine::send).
//! - *Yield*: the body stops and gives a value; it goes on when it is resumed.
//! - *Delegate* (Python's `yield from`): the body awaits another async function that yields on the
//!   same exchange. Its values pass through; the `.await` gives its return value.
//!
//! # Invariants
//!
//! - *One each*: an exchange serves one coroutine at a time, and at most one yield is outstanding.
//!   Breaking either panics, because a value would be lost silently.
//! - *Matched*: each value sent is the result of the yield at which the body stood when it was
//!   sent.
//! - *Ended once*: the body's locals are dropped at the end, at [`close`](Coroutine::close), or
//!   with the coroutine, whichever is first. From then on every `send` gives its value back in an
//!   error.
//!
//! A body can wait for its resumer only. It is polled with a waker that wakes nobody, so if it awaits
//! a timer or a socket, the call that resumed it panics and says so.

use core::future::Future;
use core::iter::FusedIterator;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

mod exchange;
mod step;

use exchange::Claim;
pub use exchange::{Exchange, Yield};
pub use step::{SendError, State, Step};

pin_project! {
    /// An async block driven by hand, one yield at a time. See the [module](self) for an example.
    ///
    /// It must be pinned, since the body may borrow from itself across a yield. Usually the function
    /// that drives it does that by [`pin!`](core::pin::pin).
    ///
    /// Dropping it drops the body where it stands.
    #[must_use = "a coroutine runs only when it is started"]
    pub struct Coroutine<'x, In, Out, F> {
        // Dropped before the claim, because the body may use the exchange while it is dropped.
        #[pin]
        body: Option<F>,
        state: State,
        claim: Claim<'x, In, Out>,
    }
}

impl<'x, In, Out, F: Future> Coroutine<'x, In, Out, F> {
    /// Makes a coroutine of `body`, which yields on `exchange`. The body does not run yet.
    ///
    /// # Panics
    /// When `exchange` serves another coroutine that still exists.
    pub fn new(exchange: &'x Exchange<In, Out>, body: F) -> Self {
        Self { body: Some(body), state: State::Created, claim: Claim::new(exchange) }
    }

    /// Whether it was started, and whether it has finished.
    pub fn state(&self) -> State {
        self.state
    }

    /// Runs the body to its first yield, or to its end if it has none.
    ///
    /// It takes no value, because there is no yield yet that could receive one.
    ///
    /// # Panics
    /// When the coroutine was started or closed before (see [`state`](Self::state)), and when
    /// [`send`](Self::send) would.
    pub fn start(self: Pin<&mut Self>) -> Step<Out, F::Output> {
        assert!(self.state == State::Created, "a coroutine is started once, and not after its end");
        self.resume(None)
    }

    /// Resumes the body: its yield gives `value`, and it runs on to the next yield or the end.
    ///
    /// # Errors
    /// Before the start and after the end there is no yield to receive the value. The error has it.
    ///
    /// # Panics
    /// When the body waits for anything but its exchange. A panic of the body goes on to the caller.
    /// After either the coroutine is [finished](State::Finished).
    pub fn send(self: Pin<&mut Self>, value: In) -> Result<Step<Out, F::Output>, SendError<In>> {
        match self.state {
            State::Created => Err(SendError::NotStarted(value)),
            State::Suspended => Ok(self.resume(Some(value))),
            State::Finished => Err(SendError::Finished(value)),
        }
    }

    /// Ends the coroutine where it stands and drops the body's locals. Closing it again does nothing.
    pub fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        *this.state = State::Finished;
        this.body.set(None);
    }

    /// One resumption. The state is `Finished` while the body runs, so that a body that panicked is
    /// not polled again.
    fn resume(self: Pin<&mut Self>, value: Option<In>) -> Step<Out, F::Output> {
        let mut this = self.project();
        let exchange = this.claim.0;
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            unreachable!("a body is present until the coroutine is finished");
        };
        *this.state = State::Finished;
        exchange.sent.set(value);
        let poll = body.poll(&mut Context::from_waker(Waker::noop()));
        // The body has not asked for it.
        drop(exchange.sent.take());
        match poll {
            Poll::Ready(value) => {
                this.body.set(None);
                Step::Complete(value)
            }
            Poll::Pending => {
                let Some(value) = exchange.yielded.take() else {
                    panic!("a coroutine waits for nothing but its own exchange");
                };
                *this.state = State::Suspended;
                Step::Yielded(value)
            }
        }
    }
}

/// The values yielded, one after another, each computed when it is asked for, by a coroutine that takes
/// none. One that stands at a yield goes on from there. One that has finished gives no values. What the
/// body returns is dropped; [`send`](Coroutine::send) gives it.
///
/// # Panics
/// `next` panics when [`send`](Coroutine::send) would.
///
/// ```
/// # use core::pin::pin;
/// # use wakeful_executor::coroutine::{Coroutine, Exchange};
/// let exchange = Exchange::new();
/// let mut squares = pin!(Coroutine::new(&exchange, async {
///     for n in 1_u64.. {
///         exchange.yield_(n * n).await;
///     }
/// }));
/// let first: Vec<u64> = squares.as_mut().take(4).collect();
/// assert_eq!(first, [1, 4, 9, 16]);
/// for square in squares {
///     assert_eq!(square, 25);
///     break;
/// }
/// ```
impl<Out, F: Future> Iterator for Pin<&mut Coroutine<'_, (), Out, F>> {
    type Item = Out;

    fn next(&mut self) -> Option<Out> {
        let sent = match self.state {
            State::Created => None,
            State::Suspended => Some(()),
            State::Finished => return None,
        };
        self.as_mut().resume(sent).yielded()
    }
}

impl<Out, F: Future> FusedIterator for Pin<&mut Coroutine<'_, (), Out, F>> {}
