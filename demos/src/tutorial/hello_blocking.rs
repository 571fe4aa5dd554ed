//! The mistake: a coroutine that blocks (tutorial S1's remark on `time.sleep`).
//!
//! The idea: there is one thread. Whoever blocks it, blocks everybody: the tasks run one after
//! another and the last Bye comes at 3, the sum of the sleeps, instead of at 2, the longest of
//! them. Compare `hello_async`; its only difference is what it sleeps with.

use super::stage::{now, seconds};
use std::thread;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::block_on;

pub static EXECUTOR: Executor<3, 256> = Executor::new();

async fn greet(n: u32) {
    let id = thread::current().id();
    println!("Hello {n} now = {} serve thread id = {id:?}", now());
    thread::sleep(seconds(n)); // No `.await`, so no other task gets a turn.
    println!("Bye.. {n} now = {}", now());
}

pub fn run(local: LocalExecutor<256>) {
    for n in 0..3 {
        local.spawn_detached(greet(n)).expect("three slots");
    }
    block_on(local.run_all());
}
