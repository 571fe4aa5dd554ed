//! A generator that gives a value and takes one at each `yield` (tutorial S0).
//!
//! The idea: a function has one entry and one exit; a coroutine re-enters where it last left. The
//! caller and the coroutine are peers who take turns: `m` and `n` travel one way, `a` the other.
//! The last line of `two_steps` never prints, because nobody resumes it a third time.

use super::coroutine::{Coroutine, Exchange, Step};
use std::pin::pin;

async fn two_steps(exchange: &Exchange<u32, u32>) {
    println!("step 1, line 2");
    let a = exchange.yield_(1).await;
    println!("a = {a}");
    println!("step 2, line5");
    let b = exchange.yield_(2).await;
    println!("{b}");
}

pub fn run() {
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, two_steps(&exchange)));
    if let Step::Yielded(m) = co.as_mut().start() {
        println!("m = {m}");
    }
    if let Ok(Step::Yielded(n)) = co.as_mut().send(1) {
        println!("n = {n}");
    }
}
