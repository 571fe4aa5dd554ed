//! A coroutine inside a coroutine (tutorials S1 and S3: `yield from`).
//!
//! The idea: the middle coroutine steps aside. What the leaf yields passes through it to the outer
//! program, what the outer program sends reaches the leaf, and the leaf's return value comes back
//! to the middle. In Rust this is `.await`, and it is why `async` functions compose like plain
//! ones.

use std::io;
use std::pin::pin;

use wakeful_executor::coroutine::{Coroutine, Exchange, Step};

use super::stage::{lane, say};

type Words = Exchange<&'static str, &'static str>;

async fn leaf(exchange: &Words) -> &'static str {
    say("leaf starts");
    let got = exchange.yield_("from leaf").await;
    say(format!("leaf got {got}"));
    "leaf result"
}

async fn middle(exchange: &Words) -> &'static str {
    say("middle calls leaf");
    let result = lane("leaf", leaf(exchange)).await;
    say(format!("middle got {result}"));
    "middle result"
}

pub fn run() -> io::Result<()> {
    let exchange = Words::new();
    let mut co = pin!(Coroutine::new(&exchange, lane("middle", middle(&exchange))));
    if let Step::Yielded(word) = co.as_mut().start() {
        say(format!("outer sees: {word}"));
    }
    if let Ok(Step::Complete(result)) = co.as_mut().send("hello") {
        say(format!("outer got {result}"));
    }
    Ok(())
}
