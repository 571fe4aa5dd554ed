//! A coroutine awaits a coroutine (tutorial S3: `compute` and `print_sum`).
//!
//! The idea: `print_sum` stops where `compute` stops and goes on with its result a second later,
//! and the loop in between is free. asyncio closes its loop afterwards, and a coroutine that comes
//! late raises "Event loop is closed". An executor here is never closed, but it is given away only
//! once: whoever asks for it again gets nothing, and their coroutine never runs.

use super::stage::seconds;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

pub static EXECUTOR: Executor<1, 256> = Executor::new();

async fn compute(x: u32, y: u32) -> u32 {
    println!("Compute {x} + {y} ...");
    sleep(seconds(1)).await;
    x + y
}

async fn print_sum(x: u32, y: u32) {
    let sum = compute(x, y).await;
    println!("{x} + {y} = {sum}");
}

pub fn run(local: LocalExecutor<256>) {
    let task = local.spawn(print_sum(1, 2)).expect("one slot");
    block_on(local.run_until(task));
}

pub fn after_close() {
    let late = print_sum(3, 4);
    match EXECUTOR.take() {
        Some(local) => block_on(local.run_until(late)),
        None => println!("# after close: the executor was taken already"),
    }
}
