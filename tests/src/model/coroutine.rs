//! A coroutine as a script, a place in it, and a list of what its body holds.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use wakeful_executor::coroutine::{Coroutine, Exchange, SendError, State, Step};

use super::Choices;

type Trace = RefCell<Vec<String>>;

/// What a body does, one after the other.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Yields the value of this number, from so many functions deep.
    Yield(usize, usize),
    /// Polls a yield and drops it before the resumer can see it.
    Retract(usize),
    /// Keeps a value to its end.
    Hold(usize),
}

/// Tells of its own end.
struct Token<'t>(&'t Trace, usize);

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(format!("drop {}", self.1));
    }
}

type Tokens<'t> = Exchange<Token<'t>, Token<'t>>;

async fn deep<'t>(exchange: &Tokens<'t>, token: Token<'t>, depth: usize) -> Token<'t> {
    match depth {
        0 => exchange.yield_(token).await,
        _ => Box::pin(deep(exchange, token, depth - 1)).await,
    }
}

async fn body<'t>(exchange: &Tokens<'t>, trace: &'t Trace, script: &[Act]) -> usize {
    let mut held = Vec::new();
    for act in script {
        match *act {
            Act::Yield(number, depth) => {
                let answer = deep(exchange, Token(trace, number), depth).await;
                trace.borrow_mut().push(format!("got {}", answer.1));
            }
            Act::Retract(number) => {
                let mut retracted = pin!(exchange.yield_(Token(trace, number)));
                let poll = retracted
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()));
                assert!(poll.is_pending());
            }
            Act::Hold(number) => held.push(Token(trace, number)),
        }
    }
    held.len()
}

/// The coroutine, the obvious way.
struct Model<'s> {
    script: &'s [Act],
    place: usize,
    state: State,
    held: Vec<usize>,
    trace: Vec<String>,
}

impl Model<'_> {
    /// Runs on, with the answer to the yield at which it stands; gives what it yields or returns.
    fn resume(&mut self, answer: Option<usize>) -> Step<usize, usize> {
        if let Some(answer) = answer {
            self.trace
                .extend([format!("got {answer}"), format!("drop {answer}")]);
            self.place += 1;
        }
        while let Some(act) = self.script.get(self.place) {
            match *act {
                Act::Yield(number, _) => {
                    self.state = State::Suspended;
                    return Step::Yielded(number);
                }
                Act::Retract(number) => self.trace.push(format!("drop {number}")),
                Act::Hold(number) => self.held.push(number),
            }
            self.place += 1;
        }
        let count = self.held.len();
        self.close();
        Step::Complete(count)
    }

    fn close(&mut self) {
        self.state = State::Finished;
        self.trace
            .extend(self.held.drain(..).map(|number| format!("drop {number}")));
    }
}

/// Drives one coroutine and its model to the end of the choices, or until both are dropped.
fn drive(choices: &mut Choices<'_>, script: &[Act], first: &mut usize) -> Option<()> {
    let trace = Trace::default();
    let exchange = Tokens::new();
    let mut real = pin!(Coroutine::new(&exchange, body(&exchange, &trace, script)));
    let mut model = Model {
        script,
        place: 0,
        state: State::Created,
        held: Vec::new(),
        trace: Vec::new(),
    };
    let outcome = loop {
        let Some(choice) = choices.pick(8) else {
            break None;
        };
        match choice {
            0 if model.state == State::Created => {
                let step = real.as_mut().start();
                same(&trace, step, model.resume(None), &mut model);
            }
            0..=5 => {
                *first += 1;
                send(real.as_mut(), Token(&trace, *first), &mut model);
            }
            6 => {
                real.as_mut().close();
                model.close();
            }
            _ => break Some(()),
        }
        assert_eq!(real.state(), model.state);
        assert_eq!(*trace.borrow(), model.trace);
    };
    // The drop at the end of this function is seen by whoever looks at the trace: here.
    real.as_mut().close();
    model.close();
    assert_eq!(*trace.borrow(), model.trace);
    outcome
}

fn send<'t, F: Future<Output = usize>>(
    real: Pin<&mut Coroutine<'_, Token<'t>, Token<'t>, F>>,
    token: Token<'t>,
    model: &mut Model<'_>,
) {
    let (trace, number) = (token.0, token.1);
    match (real.send(token), model.state) {
        (Ok(step), State::Suspended) => {
            let expected = model.resume(Some(number));
            same(trace, step, expected, model);
        }
        (Err(SendError::NotStarted(token)), State::Created)
        | (Err(SendError::Finished(token)), State::Finished) => {
            assert_eq!(token.1, number);
            model.trace.push(format!("drop {number}"));
        }
        (result, state) => panic!(
            "{:?} from a coroutine that is {state:?}",
            result.map(|_| ())
        ),
    }
}

/// The real step is the model's; the yielded value is dropped.
fn same(
    trace: &Trace,
    real: Step<Token<'_>, usize>,
    expected: Step<usize, usize>,
    model: &mut Model<'_>,
) {
    assert_eq!(*trace.borrow(), model.trace);
    match (real, expected) {
        (Step::Yielded(token), Step::Yielded(number)) => {
            assert_eq!(token.1, number);
            model.trace.push(format!("drop {number}"));
        }
        (Step::Complete(real), Step::Complete(count)) => assert_eq!(real, count),
        (real, expected) => {
            panic!("{:?} instead of {expected:?}", real.complete());
        }
    }
}

/// Runs coroutines and their models side by side, one after another.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut number = 0;
    loop {
        let mut script = Vec::new();
        for _ in 0..choices.pick(7).unwrap_or(0) {
            number += 1;
            script.push(match choices.pick(6) {
                Some(0) => Act::Retract(number),
                Some(1) => Act::Hold(number),
                depth => Act::Yield(number, depth.map_or(0, |depth| depth - 2)),
            });
        }
        if drive(&mut choices, &script, &mut number).is_none() {
            return;
        }
    }
}
