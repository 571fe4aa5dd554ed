//! A coroutine inside a coroutine (tutorials S1 and S3: `yield from`).
//!
//! The idea: the middle coroutine steps aside. What the leaf yields passes through it to the outer
//! program, what the outer program sends reaches the leaf, and the leaf's return value comes back
//! to the middle. In Rust this is `.await`, and it is why `async` functions compose like plain
//! ones.

use super::coroutine::{Coroutine, Exchange, Step};
use std::pin::pin;

type Words = Exchange<&'static str, &'static str>;

async fn leaf(exchange: &Words) -> &'static str {
    println!("leaf starts");
    let got = exchange.yield_("from leaf").await;
    println!("leaf got {got}");
    "leaf result"
}

async fn middle(exchange: &Words) -> &'static str {
    println!("middle calls leaf");
    let result = leaf(exchange).await;
    println!("middle got {result}");
    "middle result"
}

pub fn run() {
    let exchange = Words::new();
    let mut co = pin!(Coroutine::new(&exchange, middle(&exchange)));
    if let Step::Yielded(word) = co.as_mut().start() {
        println!("outer sees: {word}");
    }
    if let Ok(Step::Complete(result)) = co.as_mut().send("hello") {
        println!("outer got {result}");
    }
}
