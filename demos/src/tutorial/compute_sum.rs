//! A coroutine awaits a coroutine (tutorial S3: `compute` and `print_sum`).
//!
//! The idea: `print_sum` stops where `compute` stops and goes on with its result a second later,
//! and the loop in between is free. asyncio closes its loop afterwards, and a coroutine that comes
//! late raises "Event loop is closed". An executor here is never closed, but it is given away only
//! once: whoever asks for it again gets nothing, and their coroutine never runs.

use std::io;

use wakeful_executor::Executor;
use wakeful_reactor::{block_on, sleep};

use super::stage::{Clock, lane, note, say, seconds, watch};

static EXECUTOR: Executor<1, 256> = Executor::new();

async fn compute(x: u32, y: u32) -> u32 {
    say(format!("Compute {x} + {y} ..."));
    sleep(seconds(1)).await;
    x + y
}

async fn print_sum(x: u32, y: u32) {
    let sum = lane("compute", compute(x, y)).await;
    say(format!("{x} + {y} = {sum}"));
}

pub fn run() -> io::Result<()> {
    let clock = Clock::start();
    let local = watch(EXECUTOR.take().expect("taken once"));
    let task = local
        .spawn(lane("print_sum", print_sum(1, 2)))
        .expect("one slot");
    block_on(local.run_until(task));
    note(format!("units = {}", clock.units()));

    let late = print_sum(3, 4);
    match EXECUTOR.take() {
        Some(local) => block_on(local.run_until(late)),
        None => note("after close: the executor was taken already"),
    }
    Ok(())
}
