//! What a resumption did ([`Step`]), where a coroutine stands ([`State`]), and why it could not
//! receive a value ([`SendError`]).

use crate::sync::error::error_with_value;

/// What a resumed coroutine did: it stopped at a yield, or it ended.
///
/// ```
/// use wakeful_executor::coroutine::Step;
///
/// let step: Step<i32, &str> = Step::Yielded(7);
/// assert_eq!(step.yielded(), Some(7));
/// assert_eq!(step.complete(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "the value that the coroutine yielded or returned is in here"]
pub enum Step<Out, Ret> {
    /// It yielded this value and waits to be resumed.
    Yielded(Out),
    /// It ended with this value, which Python's `StopIteration` carries.
    Complete(Ret),
}

impl<Out, Ret> Step<Out, Ret> {
    /// The value yielded, or `None` at the end.
    pub fn yielded(self) -> Option<Out> {
        match self {
            Self::Yielded(value) => Some(value),
            Self::Complete(_) => None,
        }
    }

    /// The value returned, or `None` at a yield.
    pub fn complete(self) -> Option<Ret> {
        match self {
            Self::Yielded(_) => None,
            Self::Complete(value) => Some(value),
        }
    }
}

/// Where a coroutine stands between two resumptions.
///
/// ```
/// use core::pin::pin;
/// use wakeful_executor::coroutine::{Coroutine, Exchange, State};
///
/// let exchange = Exchange::<(), i32>::new();
/// let mut one = pin!(Coroutine::new(&exchange, async { exchange.yield_(1).await }));
/// assert_eq!(one.state(), State::Created);
/// assert_eq!(one.as_mut().start().yielded(), Some(1));
/// assert_eq!(one.state(), State::Suspended);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Made, nothing of it has run.
    Created,
    /// It stands at a yield.
    Suspended,
    /// It returned, was closed, or panicked. It cannot be resumed.
    Finished,
}

/// The coroutine could not receive this value, which is handed back.
///
/// ```
/// use core::pin::pin;
/// use wakeful_executor::coroutine::{Coroutine, Exchange, SendError};
///
/// let exchange = Exchange::<i32, ()>::new();
/// let mut early = pin!(Coroutine::new(&exchange, async { exchange.yield_(()).await }));
/// assert_eq!(early.as_mut().send(7), Err(SendError::NotStarted(7)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendError<In> {
    /// The coroutine has not run to its first yield: [`start`](super::Coroutine::start) it first.
    NotStarted(In),
    /// The coroutine has finished.
    Finished(In),
}

impl<In> SendError<In> {
    /// The value that was not received.
    pub fn into_inner(self) -> In {
        match self {
            Self::NotStarted(value) | Self::Finished(value) => value,
        }
    }
}

// For every `In`, also one that is not `Debug`, so that `unwrap` works with any value.
error_with_value!(SendError {
    Self::NotStarted(_) => "NotStarted(..)",
        "the coroutine has not been started: no yield awaits a value";
    Self::Finished(_) => "Finished(..)", "the coroutine has finished";
});
