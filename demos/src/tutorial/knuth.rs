//! "A subroutine is a special case of a coroutine" (Knuth, quoted by tutorial S4).
//!
//! The idea: a coroutine that never yields is done after one step, just as a call is. The demo
//! counts the steps: one without a yield, two with one.

use std::io;
use std::pin::pin;

use wakeful_executor::coroutine::{Coroutine, Exchange, Step};

use super::stage::{lane, say};

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
fn drive(name: &str, turn: &Turn, body: impl Future<Output = u32>) -> (u32, u32) {
    let mut co = pin!(Coroutine::new(turn, lane(name, body)));
    let mut step = co.as_mut().start();
    let mut steps = 1;
    loop {
        match step {
            Step::Complete(sum) => return (sum, steps),
            Step::Yielded(()) => {
                step = co
                    .as_mut()
                    .send(())
                    .expect("a coroutine that yielded takes a value");
                steps += 1;
            }
        }
    }
}

pub fn run() -> io::Result<()> {
    let turn = Turn::new();
    say(format!("plain call: {}", plain(1, 2)));
    let (sum, steps) = drive("no yield", &turn, never_yields(1, 2));
    say(format!(
        "coroutine without yield: {sum} after {steps} step(s)"
    ));
    let (sum, steps) = drive("one yield", &turn, one_yield(&turn, 1, 2));
    say(format!(
        "coroutine with one yield: {sum} after {steps} step(s)"
    ));
    Ok(())
}
