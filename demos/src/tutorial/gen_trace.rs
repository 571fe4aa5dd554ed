//! A generator that gives a value and takes one at each `yield` (tutorial S0).
//!
//! The idea: a function has one entry and one exit; a coroutine re-enters where it last left. The
//! caller and the coroutine are peers who take turns: `m` and `n` travel one way, `a` the other.
//! The last line of `two_steps` never prints, because nobody resumes it a third time.

use std::io;
use std::pin::pin;

use wakeful_executor::coroutine::{Coroutine, Exchange, Step};

use super::stage::{lane, say};

async fn two_steps(exchange: &Exchange<u32, u32>) {
    say("step 1, line 2");
    let a = exchange.yield_(1).await;
    say(format!("a = {a}"));
    say("step 2, line5");
    let b = exchange.yield_(2).await;
    say(b);
}

pub fn run() -> io::Result<()> {
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(
        &exchange,
        lane("two_steps", two_steps(&exchange))
    ));
    if let Step::Yielded(m) = co.as_mut().start() {
        say(format!("m = {m}"));
    }
    if let Ok(Step::Yielded(n)) = co.as_mut().send(1) {
        say(format!("n = {n}"));
    }
    Ok(())
}
