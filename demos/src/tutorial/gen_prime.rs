//! Starting, sending too early, sending too late, closing (tutorials S0 and S3).
//!
//! The idea: a value can be sent only to a `yield` that stands there waiting. Python insists on
//! "priming" a generator by a first `next`; here the first resumption is [`start`], which takes no
//! value, and a value sent at the wrong time comes back in a typed error. A coroutine that is
//! closed in the middle still cleans up, once: its locals are dropped.
//!
//! [`start`]: wakeful_executor::coroutine::Coroutine::start

use super::coroutine::{Coroutine, Exchange, SendError, Step};
use std::pin::pin;

type Words = Exchange<&'static str, &'static str>;

/// Python's `finally`: whatever way the coroutine ends, this is dropped.
struct Cleanup;

impl Drop for Cleanup {
    fn drop(&mut self) {
        println!("cleanup");
    }
}

async fn echo(exchange: &Words) {
    let _finally = Cleanup;
    let got = exchange.yield_("ready").await;
    println!("got {got}");
    let got = exchange.yield_("again").await;
    println!("got {got}");
}

pub fn run() {
    let exchange = Words::new();
    let mut co = pin!(Coroutine::new(&exchange, echo(&exchange)));
    println!("state: {:?}", co.state());
    if let Err(error) = co.as_mut().send("x") {
        println!("unprimed send: {error:?}: {error}");
    }
    if let Step::Yielded(word) = co.as_mut().start() {
        println!("prime -> {word}");
    }
    println!("state: {:?}", co.state());
    if let Ok(Step::Yielded(word)) = co.as_mut().send("one") {
        println!("send -> {word}");
    }
    if let Ok(step @ Step::Complete(())) = co.as_mut().send("two") {
        println!("finished: {step:?}");
    }
    if let Err(error @ SendError::Finished(_)) = co.as_mut().send("three") {
        println!("after the end: {error:?}");
    }

    let exchange = Words::new();
    let mut co = pin!(Coroutine::new(&exchange, echo(&exchange)));
    if co.as_mut().start().yielded().is_some() {
        co.as_mut().close();
    }
    println!("closed early: state {:?}", co.state());
}
