//! The bodies: what a script can have a coroutine do, and the values that pass.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use wakeful_executor::coroutine::{Coroutine, Exchange, Yield};

pub type Trace = RefCell<Vec<String>>;

/// Tells of its own end.
pub struct Token<'t>(pub &'t Trace, pub usize);

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(format!("drop {}", self.1));
    }
}

/// What a body does, one after the other. The numbers name what it makes.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Yields a value, from so many functions deep.
    Yield(usize, usize),
    /// Yields a value, and asks for the answer before it can be there. In between it drops what is
    /// on the shelf, which then is of coroutines that are gone.
    Eager(usize),
    /// Polls a yield and drops it before the resumer can see it.
    Retract(usize),
    /// Yields a value and drops the yield, without a look at the answer, when it is resumed.
    Abandon(usize),
    /// Polls a yield and puts it on the shelf, where it outlives the body.
    Stow(usize),
    /// Drops what is on the shelf.
    Clean,
    /// Two yields at once: the second is refused.
    Twice(usize, usize),
    /// Keeps a value to its end.
    Hold(usize),
    /// Panics.
    Panic,
    /// Waits for what is not its exchange.
    Stray,
}

/// What is sent to a body: tokens, or nothing to those that only produce.
pub trait Answer<'t>: Sized {
    /// The answer of this number, 0 where there are no numbers.
    fn new(trace: &'t Trace, number: usize) -> (Self, usize);

    fn number(&self) -> usize;

    /// What it gives as an iterator, at most `count` of it. Only who is sent nothing is one.
    fn iterate<F: Future>(
        _coroutine: Pin<&mut Coroutine<'_, Self, Token<'t>, F>>,
        _count: usize,
    ) -> Option<Vec<Token<'t>>> {
        None
    }
}

impl<'t> Answer<'t> for Token<'t> {
    fn new(trace: &'t Trace, number: usize) -> (Self, usize) {
        (Token(trace, number), number)
    }

    fn number(&self) -> usize {
        self.1
    }
}

impl<'t> Answer<'t> for () {
    fn new(_: &'t Trace, _: usize) -> (Self, usize) {
        ((), 0)
    }

    fn number(&self) -> usize {
        0
    }

    fn iterate<F: Future>(
        coroutine: Pin<&mut Coroutine<'_, Self, Token<'t>, F>>,
        count: usize,
    ) -> Option<Vec<Token<'t>>> {
        Some(coroutine.take(count).collect())
    }
}

/// What a body panics with where the script says so; no hook hears of it.
pub struct ByTheScript;

/// Where yields are put that are to outlive their bodies.
pub type Shelf<'x, 't, In> = RefCell<Vec<Yield<'x, In, Token<'t>>>>;

/// What a body works with.
pub struct Place<'s, 'x, 't, In> {
    pub trace: &'t Trace,
    pub exchange: &'x Exchange<In, Token<'t>>,
    pub shelf: &'s Shelf<'x, 't, In>,
}

impl<'x, 't, In: Answer<'t>> Place<'_, 'x, 't, In> {
    fn yield_(&self, number: usize) -> Yield<'x, In, Token<'t>> {
        self.exchange.yield_(Token(self.trace, number))
    }

    async fn deep(&self, number: usize, depth: usize) -> In {
        match depth {
            0 => self.yield_(number).await,
            _ => Box::pin(self.deep(number, depth - 1)).await,
        }
    }

    fn got(&self, answer: In) {
        let number = answer.number();
        self.trace.borrow_mut().push(format!("got {number}"));
    }

    async fn eager(&self, number: usize) -> In {
        let mut eager = pin!(self.yield_(number));
        poll_once(eager.as_mut());
        drop(self.shelf.take());
        eager.await
    }

    async fn abandon(&self, number: usize) {
        let mut abandoned = Some(self.yield_(number));
        let mut is_first = true;
        poll_fn(|_| {
            if !std::mem::take(&mut is_first) {
                abandoned = None;
                return Poll::Ready(());
            }
            if let Some(first) = &mut abandoned {
                poll_once(Pin::new(first));
            }
            Poll::Pending
        })
        .await;
    }

    /// Does what the script says; gives how many values it held at its end.
    pub async fn body(&self, script: &[Act]) -> usize {
        let mut held = Vec::new();
        for act in script {
            match *act {
                Act::Yield(number, depth) => self.got(self.deep(number, depth).await),
                Act::Eager(number) => self.got(self.eager(number).await),
                Act::Retract(number) => poll_once(pin!(self.yield_(number))),
                Act::Abandon(number) => self.abandon(number).await,
                Act::Stow(number) => {
                    let mut stowed = self.yield_(number);
                    poll_once(Pin::new(&mut stowed));
                    self.shelf.borrow_mut().push(stowed);
                }
                Act::Clean => drop(self.shelf.take()),
                Act::Twice(first, second) => {
                    let mut first = pin!(self.yield_(first));
                    poll_once(first.as_mut());
                    poll_once(pin!(self.yield_(second)));
                }
                Act::Hold(number) => held.push(Token(self.trace, number)),
                Act::Panic => resume_unwind(Box::new(ByTheScript)),
                Act::Stray => pending().await,
            }
        }
        held.len()
    }
}

fn poll_once(future: Pin<&mut impl Future>) {
    let poll = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "an answer that nobody has sent");
}
