//! A coroutine against a script, a place in it, and a list of what its body holds.
//!
//! Bodies yield from several functions deep, poll yields twice, drop them early or late, hand them
//! out, panic, and wait for what they must not. They are started, sent to, iterated over, closed and
//! dropped at any time. Coroutines follow one another on one exchange, so what one leaves behind
//! would meet the next. Results, states, refusals, and the order of all drops are compared.

mod body;
mod script;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use wakeful_executor::coroutine::{Coroutine, Exchange, SendError, State, Step};

use super::Choices;
use crate::trace::text_of;
use body::{Act, Answer, ByTheScript, Place, Shelf, Token, Trace};
use script::{BY_THE_SCRIPT, CLAIMED, Outcome, STARTED, STRAY, Script, TWICE};

/// The panics that are the crate's answer to what bodies here do.
pub const EXPECTED_PANICS: &[&str] = &[TWICE, STRAY, STARTED, CLAIMED];

/// A coroutine and its model.
struct Pair<'r, 'a, 'x, 't, In, F> {
    real: Pin<&'r mut Coroutine<'x, In, Token<'t>, F>>,
    model: Script<'a>,
    trace: &'t Trace,
}

impl<'t, In: Answer<'t>, F: Future<Output = usize>> Pair<'_, '_, '_, 't, In, F> {
    fn start(&mut self) {
        let step = caught(|| self.real.as_mut().start());
        let expected = match self.model.state {
            State::Created => self.model.resume(None),
            _ => Outcome::Panicked(STARTED),
        };
        self.same(step, &expected);
    }

    fn send(&mut self, number: usize) {
        let (answer, number) = In::new(self.trace, number);
        match (caught(|| self.real.as_mut().send(answer)), self.model.state) {
            (Ok(Ok(step)), State::Suspended) => {
                let expected = self.model.resume(Some(number));
                self.same(Ok(step), &expected);
            }
            (Err(text), State::Suspended) => {
                let expected = self.model.resume(Some(number));
                self.same(Err(text), &expected);
            }
            (Ok(Err(SendError::NotStarted(answer))), State::Created)
            | (Ok(Err(SendError::Finished(answer))), State::Finished) => {
                assert_eq!(answer.number(), number);
                drop(answer);
                self.model.drop_token(number);
            }
            (_, state) => panic!("not what a coroutine does that is {state:?}"),
        }
    }

    /// The real step is the model's; the yielded value is dropped.
    fn same(&mut self, real: Result<Step<Token<'_>, usize>, String>, expected: &Outcome) {
        assert_eq!(*self.trace.borrow(), self.model.trace);
        match (real, expected) {
            (Ok(Step::Yielded(token)), Outcome::Yielded(number)) => {
                assert_eq!(token.1, *number);
                self.model.drop_token(*number);
            }
            (Ok(Step::Complete(count)), Outcome::Complete(expected)) => {
                assert_eq!(count, *expected);
            }
            (Err(text), Outcome::Panicked(expected)) => assert_eq!(text, *expected),
            (Ok(step), expected) => panic!("{:?}, not {expected:?}", step.complete()),
            (Err(text), expected) => panic!("a panic, {text:?}, instead of {expected:?}"),
        }
    }

    /// What the iterator gives, at most `count` of it, is dropped afterwards; also if it panics.
    fn iterate(&mut self, count: usize) {
        let real = caught(|| In::iterate(self.real.as_mut(), count));
        if let Ok(None) = real {
            return;
        }
        let (mut given, mut end) = (Vec::new(), None);
        while given.len() < count && end.is_none() && self.model.state != State::Finished {
            match self.resume_model() {
                Outcome::Yielded(number) => given.push(number),
                other => end = Some(other),
            }
        }
        match real {
            Ok(Some(values)) => {
                let numbers: Vec<_> = values.iter().map(|token| token.1).collect();
                assert_eq!(numbers, given);
                assert!(matches!(end, None | Some(Outcome::Complete(_))), "no panic, but {end:?}");
            }
            Ok(None) => {}
            Err(text) => match end {
                Some(Outcome::Panicked(expected)) => assert_eq!(text, expected),
                other => panic!("a panic, {text:?}, instead of {other:?}"),
            },
        }
        for number in given {
            self.model.drop_token(number);
        }
    }

    fn resume_model(&mut self) -> Outcome {
        let answer = (self.model.state == State::Suspended).then_some(0);
        self.model.resume(answer)
    }
}

/// The result, or what it panicked with.
fn caught<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let by_the_script = payload.is::<ByTheScript>().then_some(BY_THE_SCRIPT);
        by_the_script.unwrap_or(text_of(&*payload)).to_owned()
    })
}

/// Drives one coroutine and its model until both are dropped; gives the model's trace.
fn drive<'t, In: Answer<'t>>(
    choices: &mut Choices<'_>,
    place: &Place<'_, '_, 't, In>,
    model: Script<'_>,
    last: &mut usize,
) -> Vec<String> {
    let acts = model.acts;
    let mut real = Box::pin(Coroutine::new(place.exchange, place.body(acts)));
    let mut pair = Pair { real: real.as_mut(), model, trace: place.trace };
    while let Some(choice) = choices.pick(12) {
        match choice {
            0..=2 => pair.start(),
            3..=6 => {
                *last += 1;
                pair.send(*last);
            }
            7 => pair.iterate(choices.pick(4).unwrap_or(0)),
            8 => {
                pair.real.as_mut().close();
                pair.model.close();
            }
            9 => {
                drop(place.shelf.take());
                pair.model.clean();
            }
            10 => {
                *last += 1;
                let token = Token(place.trace, *last);
                let refused =
                    caught(|| drop(Coroutine::new(place.exchange, async { drop(token) })));
                assert_eq!(refused, Err(CLAIMED.to_owned()));
                pair.model.drop_token(*last);
            }
            _ => break,
        }
        assert_eq!(pair.real.state(), pair.model.state);
        assert_eq!(*place.trace.borrow(), pair.model.trace);
    }
    let trace = pair.model.end();
    drop(real);
    assert_eq!(*place.trace.borrow(), trace);
    trace
}

/// Reads a script off the choices.
fn script(choices: &mut Choices<'_>, number: &mut usize) -> Vec<Act> {
    let mut acts = Vec::new();
    for _ in 0..choices.pick(7).unwrap_or(0) {
        *number += 2;
        let (first, second) = (*number - 1, *number);
        acts.push(match choices.pick(16) {
            Some(0) => Act::Retract(first),
            Some(1 | 2) => Act::Hold(first),
            Some(3) => Act::Eager(first),
            Some(4 | 5) => Act::Abandon(first),
            Some(6) => Act::Stow(first),
            Some(7) => Act::Clean,
            Some(8) => Act::Twice(first, second),
            Some(9) => Act::Panic,
            Some(10) => Act::Stray,
            depth => Act::Yield(first, depth.map_or(0, |depth| (depth - 11) % 4)),
        });
    }
    acts
}

/// Runs coroutines that are sent `In`, one after another on one exchange.
fn run_with<'t, In: Answer<'t>>(choices: &mut Choices<'_>, trace: &'t Trace) {
    let exchange = Exchange::new();
    let shelf = Shelf::default();
    let place: Place<'_, '_, '_, In> = Place { trace, exchange: &exchange, shelf: &shelf };
    let (mut model_trace, mut number) = (Vec::new(), 0);
    while !choices.is_over() {
        let acts = script(choices, &mut number);
        let model = Script::new(&acts, model_trace);
        model_trace = drive(choices, &place, model, &mut number);
    }
}

/// Runs coroutines and their models side by side: the first choice says of which kind.
pub fn run(bytes: &[u8]) {
    let trace = Trace::default();
    let mut choices = Choices::new(bytes);
    match choices.pick(2) {
        Some(0) => run_with::<Token<'_>>(&mut choices, &trace),
        _ => run_with::<()>(&mut choices, &trace),
    }
}
