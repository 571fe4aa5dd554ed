//! A coroutine against a script, a place in it, and a list of what its body holds.
//!
//! Bodies poll yields twice, drop them early or late, hand them out, panic, and wait for what they
//! must not. They are started, sent to, closed and dropped at any time. Coroutines follow one another
//! on one exchange, so what one leaves behind would meet the next. Results, states, refusals, and the
//! order of all drops are compared.

use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use futures_lite::future::yield_now;
use wakeful_executor::coroutine::{Coroutine, Exchange, SendError, State, Step, Yield};

use super::Choices;
use crate::trace::text_of;

const BY_THE_SCRIPT: &str = "by the script";
const TWICE: &str = "one yield at a time: another one is outstanding";
const STRAY: &str = "a coroutine waits for nothing but its own exchange";
const STARTED: &str = "a coroutine is started once, and not after its end";
const CLAIMED: &str = "an exchange serves one coroutine at a time";

/// The panics that are the crate's answer to what bodies here do.
pub const EXPECTED_PANICS: &[&str] = &[TWICE, STRAY, STARTED, CLAIMED];

type Trace = RefCell<Vec<String>>;

/// Tells of its own end.
struct Token<'t>(&'t Trace, usize);

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(format!("drop {}", self.1));
    }
}

/// What a body does, one after the other. A number comes with each, which names what it makes.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    /// Yields a value.
    Yield,
    /// Yields a value, and asks for the answer before it can be there. In between it drops what is
    /// on the shelf, which then is of coroutines that are gone.
    Eager,
    /// Yields a value and drops the yield, without a look at the answer, when it is resumed.
    Abandon,
    /// Polls a yield and drops it before the resumer can see it.
    Retract,
    /// Polls a yield and puts it on the shelf, where it outlives the body.
    Stow,
    /// Two yields at once: the second is refused.
    Twice,
    /// Drops what is on the shelf.
    Clean,
    /// Keeps a value to its end.
    Hold,
    /// Panics.
    Panic,
    /// Waits for what is not its exchange.
    Stray,
}

const ACTS: [Act; 13] = [
    Act::Yield,
    Act::Yield,
    Act::Yield,
    Act::Eager,
    Act::Abandon,
    Act::Abandon,
    Act::Retract,
    Act::Stow,
    Act::Twice,
    Act::Clean,
    Act::Hold,
    Act::Panic,
    Act::Stray,
];

type Script = [(Act, usize)];

fn poll_once(future: impl Future) {
    let poll = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "an answer that nobody has sent");
}

/// What the bodies work with. On the shelf are yields that are to outlive their bodies.
struct Place<'t, 'x> {
    trace: &'t Trace,
    exchange: &'x Exchange<Token<'t>, Token<'t>>,
    shelf: RefCell<Vec<Yield<'x, Token<'t>, Token<'t>>>>,
}

impl Place<'_, '_> {
    /// Does what the script says; gives how many values it held at its end.
    async fn body(&self, script: &Script) -> usize {
        let mut held = Vec::new();
        let yield_ = |number| self.exchange.yield_(Token(self.trace, number));
        let got = |answer: Token<'_>| self.trace.borrow_mut().push(format!("got {}", answer.1));
        for &(act, number) in script {
            match act {
                Act::Yield => got(yield_(number).await),
                Act::Eager => {
                    let mut eager = yield_(number);
                    poll_once(&mut eager);
                    drop(self.shelf.take());
                    got(eager.await);
                }
                Act::Abandon => {
                    let mut abandoned = yield_(number);
                    poll_once(&mut abandoned);
                    yield_now().await;
                }
                Act::Retract => poll_once(yield_(number)),
                Act::Stow => {
                    let mut stowed = yield_(number);
                    poll_once(&mut stowed);
                    self.shelf.borrow_mut().push(stowed);
                }
                Act::Twice => {
                    let mut first = yield_(number);
                    poll_once(&mut first);
                    poll_once(yield_(number + 1));
                }
                Act::Clean => drop(self.shelf.take()),
                Act::Hold => held.push(Token(self.trace, number)),
                Act::Panic => resume_unwind(Box::new(BY_THE_SCRIPT)), // No hook hears of it.
                Act::Stray => pending().await,
            }
        }
        held.len()
    }
}

/// The coroutine, the obvious way. What a call comes to is said in words.
struct Model<'s> {
    script: &'s Script,
    place: usize,
    state: State,
    held: Vec<usize>,
    /// The yield on the shelf that nobody has answered, and its value, unless the resumer has it.
    stowed: Option<Option<usize>>,
    trace: Vec<String>,
}

impl Model<'_> {
    fn drop_token(&mut self, number: usize) {
        self.trace.push(format!("drop {number}"));
    }

    fn start(&mut self) -> String {
        if self.state == State::Created { self.resume() } else { STARTED.to_owned() }
    }

    fn send(&mut self, number: usize) -> String {
        if self.state != State::Suspended {
            self.drop_token(number);
            return format!("{:?}: {number} comes back", self.state);
        }
        let act = self.script[self.place].0;
        if matches!(act, Act::Yield | Act::Eager) {
            self.trace.push(format!("got {number}"));
        }
        self.drop_token(number);
        if act == Act::Stray {
            self.state = State::Finished;
            return STRAY.to_owned();
        }
        self.place += 1;
        self.resume()
    }

    /// Runs on from its place.
    fn resume(&mut self) -> String {
        self.state = State::Finished;
        while let Some(&(act, number)) = self.script.get(self.place) {
            match act {
                Act::Clean => self.clean(),
                Act::Hold => self.held.push(number),
                Act::Panic => return self.end(BY_THE_SCRIPT),
                // What lies in the exchange is taken for what it yields.
                Act::Stray => match self.stowed.as_mut().and_then(Option::take) {
                    Some(unseen) => return self.stop(unseen),
                    None => return STRAY.to_owned(),
                },
                _ if self.stowed.is_some() => {
                    self.drop_token(number);
                    return self.end(TWICE);
                }
                Act::Yield | Act::Eager | Act::Abandon => return self.stop(number),
                Act::Retract => self.drop_token(number),
                Act::Stow => self.stowed = Some(Some(number)),
                Act::Twice => {
                    self.drop_token(number + 1);
                    self.drop_token(number);
                    return self.end(TWICE);
                }
            }
            self.place += 1;
        }
        let count = self.held.len();
        self.end(&format!("complete: {count}"))
    }

    /// The resumer gets the value, and drops it.
    fn stop(&mut self, number: usize) -> String {
        self.state = State::Suspended;
        self.drop_token(number);
        format!("yielded {number}")
    }

    /// The body is dropped.
    fn end(&mut self, why: &str) -> String {
        self.state = State::Finished;
        for number in std::mem::take(&mut self.held) {
            self.drop_token(number);
        }
        why.to_owned()
    }

    /// The shelf is cleaned: a value that nobody has seen is dropped with its yield.
    fn clean(&mut self) {
        if let Some(Some(number)) = self.stowed.take() {
            self.drop_token(number);
        }
    }
}

type Sent<'t> = Result<Step<Token<'t>, usize>, SendError<Token<'t>>>;

/// What a call comes to, in words; also if it panics.
fn said<'t>(call: impl FnOnce() -> Sent<'t>) -> String {
    let told = || match call() {
        Ok(Step::Yielded(token)) => format!("yielded {}", token.1),
        Ok(Step::Complete(count)) => format!("complete: {count}"),
        Err(SendError::NotStarted(token)) => format!("Created: {} comes back", token.1),
        Err(SendError::Finished(token)) => format!("Finished: {} comes back", token.1),
    };
    catch_unwind(AssertUnwindSafe(told)).unwrap_or_else(|payload| text_of(&*payload).to_owned())
}

/// Bytes that are read at most: after each operation whole traces are compared, so that twice as long
/// an input takes four times as long.
const LONGEST: usize = 120;

/// Runs coroutines and their models side by side, one after another on one exchange.
pub fn run(bytes: &[u8]) {
    let (mut choices, mut number) = (Choices::new(&bytes[..bytes.len().min(LONGEST)]), 0);
    let (trace, exchange) = (Trace::default(), Exchange::new());
    let place = Place { trace: &trace, exchange: &exchange, shelf: RefCell::default() };
    let mut next = || {
        number += 2;
        number
    };
    let mut model_trace = Vec::new();
    while !choices.is_over() {
        let acts = (0..choices.pick(7).unwrap_or(0)).map_while(|_| choices.pick(ACTS.len()));
        let script: Vec<_> = acts.map(|act| (ACTS[act], next())).collect();
        let mut real = Box::pin(Coroutine::new(&exchange, place.body(&script)));
        let (held, state) = (Vec::new(), State::Created);
        let mut model =
            Model { script: &script, place: 0, state, held, stowed: None, trace: model_trace };
        while let Some(choice) = choices.pick(11) {
            let number = next();
            match choice {
                0..=2 => assert_eq!(said(|| Ok(real.as_mut().start())), model.start()),
                3..=6 => {
                    let token = Token(&trace, number);
                    assert_eq!(said(|| real.as_mut().send(token)), model.send(number));
                }
                7 => {
                    real.as_mut().close();
                    model.end("");
                }
                8 => {
                    drop(place.shelf.take());
                    model.clean();
                }
                9 => {
                    let token = Token(&trace, number);
                    let body = async move {
                        drop(token);
                        0
                    };
                    let second = || Ok(pin!(Coroutine::new(&exchange, body)).start());
                    assert_eq!(said(second), CLAIMED);
                    model.drop_token(number);
                }
                _ => break,
            }
            assert_eq!(real.state(), model.state);
            assert_eq!(*trace.borrow(), model.trace);
        }
        model.end("");
        model.clean();
        drop(real);
        assert_eq!(*trace.borrow(), model.trace);
        model_trace = model.trace;
    }
}
