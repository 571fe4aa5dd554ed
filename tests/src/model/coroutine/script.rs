//! The model: a script, a place in it, and a list of what the body holds.

use wakeful_executor::coroutine::State;

use super::body::Act;

/// What a resumption comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    Yielded(usize),
    Complete(usize),
    Panicked(&'static str),
}

pub const BY_THE_SCRIPT: &str = "by the script";
pub const TWICE: &str = "one yield at a time: another one is outstanding";
pub const STRAY: &str = "a coroutine waits for nothing but its own exchange";
pub const STARTED: &str = "a coroutine is started once, and not after its end";
pub const CLAIMED: &str = "an exchange serves one coroutine at a time";

/// The coroutine, the obvious way.
pub struct Script<'s> {
    pub acts: &'s [Act],
    pub place: usize,
    pub state: State,
    pub held: Vec<usize>,
    /// The yield on the shelf that nobody has answered, and its value, unless the resumer has it.
    pub stowed: Option<Option<usize>>,
    pub trace: Vec<String>,
}

impl<'s> Script<'s> {
    /// A coroutine that has not begun; the trace is its forerunner's.
    pub fn new(acts: &'s [Act], trace: Vec<String>) -> Self {
        Self { acts, place: 0, state: State::Created, held: Vec::new(), stowed: None, trace }
    }

    pub fn drop_token(&mut self, number: usize) {
        // Who is sent nothing drops nothing.
        if number > 0 {
            self.trace.push(format!("drop {number}"));
        }
    }

    /// Runs on, with the answer to the yield at which it stands.
    pub fn resume(&mut self, answer: Option<usize>) -> Outcome {
        self.state = State::Finished;
        if let Some(answer) = answer {
            match self.acts[self.place] {
                Act::Yield(..) | Act::Eager(_) => self.trace.push(format!("got {answer}")),
                _ => {}
            }
            self.drop_token(answer);
            if let Act::Stray = self.acts[self.place] {
                return Outcome::Panicked(STRAY);
            }
            self.place += 1;
        }
        while let Some(&act) = self.acts.get(self.place) {
            if let Some(outcome) = self.act(act) {
                return outcome;
            }
            self.place += 1;
        }
        let count = self.held.len();
        self.close();
        Outcome::Complete(count)
    }

    /// Does one act; gives what ends the resumption, if it does.
    fn act(&mut self, act: Act) -> Option<Outcome> {
        match act {
            Act::Yield(number, _)
            | Act::Eager(number)
            | Act::Abandon(number)
            | Act::Retract(number)
            | Act::Stow(number)
            | Act::Twice(number, _)
                if self.stowed.is_some() =>
            {
                self.drop_token(number);
                return Some(self.unwind(TWICE));
            }
            Act::Yield(number, _) | Act::Eager(number) | Act::Abandon(number) => {
                return Some(self.stop(number));
            }
            Act::Retract(number) => self.drop_token(number),
            Act::Stow(number) => self.stowed = Some(Some(number)),
            Act::Clean => self.clean(),
            Act::Twice(first, second) => {
                self.drop_token(second);
                self.drop_token(first);
                return Some(self.unwind(TWICE));
            }
            Act::Hold(number) => self.held.push(number),
            Act::Panic => return Some(self.unwind(BY_THE_SCRIPT)),
            // What lies in the exchange is taken for what it yields.
            Act::Stray => {
                let unseen = self.stowed.as_mut().and_then(Option::take);
                return Some(unseen.map_or(Outcome::Panicked(STRAY), |number| self.stop(number)));
            }
        }
        None
    }

    fn stop(&mut self, number: usize) -> Outcome {
        self.state = State::Suspended;
        Outcome::Yielded(number)
    }

    fn unwind(&mut self, text: &'static str) -> Outcome {
        self.close();
        Outcome::Panicked(text)
    }

    /// The shelf is cleaned: a value that nobody has seen is dropped with its yield.
    pub fn clean(&mut self) {
        if let Some(Some(number)) = self.stowed.take() {
            self.drop_token(number);
        }
    }

    /// The body is dropped.
    pub fn close(&mut self) {
        self.state = State::Finished;
        for number in std::mem::take(&mut self.held) {
            self.drop_token(number);
        }
    }

    /// The coroutine is dropped, and what its body left in the exchange.
    pub fn end(mut self) -> Vec<String> {
        self.close();
        self.clean();
        self.trace
    }
}
