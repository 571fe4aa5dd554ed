//! "A subroutine is a special case of a coroutine" (Knuth, quoted by tutorial S4).
//!
//! The idea: a coroutine that never yields is done after one step, just as a call is. The demo
//! counts the steps: one without a yield, two with one.

use super::coroutine::{Coroutine, Exchange, Step};
use std::pin::pin;

type Turn = Exchange<(), ()>;

fn plain(x: u32, y: u32) -> u32 {
    x + y
}

async fn never_yields(x: u32, y: u32) -> u32 {
    x + y
}

async fn one_yield(turn: &Turn, x: u32, y: u32) -> u32 {
    turn.yield_(()).await;
    x + y
}

/// Resumes `body` until it returns, and says how often that was.
fn drive(turn: &Turn, body: impl Future<Output = u32>) -> (u32, u32) {
    let mut co = pin!(Coroutine::new(turn, body));
    let mut step = co.as_mut().start();
    let mut steps = 1;
    loop {
        match step {
            Step::Complete(sum) => return (sum, steps),
            Step::Yielded(()) => {
                step = co.as_mut().send(()).expect("a coroutine that yielded takes a value");
                steps += 1;
            }
        }
    }
}

pub fn run() {
    let turn = Turn::new();
    println!("plain call: {}", plain(1, 2));
    let (sum, steps) = drive(&turn, never_yields(1, 2));
    println!("coroutine without yield: {sum} after {steps} step(s)");
    let (sum, steps) = drive(&turn, one_yield(&turn, 1, 2));
    println!("coroutine with one yield: {sum} after {steps} step(s)");
}
