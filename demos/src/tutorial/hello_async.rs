//! Three coroutines greet, sleep 0, 1 and 2 seconds, and take leave, on one thread (tutorial S1).
//!
//! The idea: `.await` gives the thread back until the timer wakes the task, so the three sleep at
//! the same time and all is over after 2 seconds, not 3. Even a sleep of 0 gives way: no Bye comes
//! before the last Hello. `hello_thread` is the same with three threads, `hello_blocking` the
//! mistake.

use super::stage::{now, seconds};
use std::thread;
use wakeful_executor::{Executor, LocalExecutor, yield_now};
use wakeful_reactor::{block_on, sleep};

pub static EXECUTOR: Executor<3, 256> = Executor::new();

async fn greet(n: u32) {
    let id = thread::current().id();
    println!("Hello {n} now = {} serve thread id = {id:?}", now());
    yield_now().await; // A sleep of 0 would be over at once; Python's gives way.
    sleep(seconds(n)).await;
    println!("Bye.. {n} now = {}", now());
}

pub fn run(local: LocalExecutor<256>) {
    for n in 0..3 {
        local.spawn_detached(greet(n)).expect("three slots");
    }
    block_on(local.run_all());
}
