//! Many thousand switches, one OS thread (tutorials S2 and S4: "make it 500000 rounds and look").
//!
//! The idea: a switch between tasks is a function return and a function call. The operating system
//! does not know of it, so its thread count stays at one however often the tasks take turns.
//! `ROUNDS` in the environment sets the rounds (20,000).

use crate::system::os_threads;
use std::cell::Cell;
use std::rc::Rc;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

pub static EXECUTOR: Executor<3, 256> = Executor::new();

/// How often a task gave way, and the most threads that were seen meanwhile.
#[derive(Default)]
struct Seen {
    switches: Cell<u64>,
    threads: Cell<Option<u64>>,
}

async fn f(rounds: u64, seen: Rc<Seen>) {
    for round in 0..rounds {
        if round % 1_000 == 0 {
            seen.threads.set(seen.threads.get().max(os_threads()));
        }
        seen.switches.set(seen.switches.get() + 1);
        yield_now().await;
    }
}

pub fn run(local: LocalExecutor<256>, rounds: u64) {
    let seen = Rc::new(Seen::default());
    for _ in 0..3 {
        local.spawn_detached(f(rounds, seen.clone())).expect("three slots");
    }
    block_on(local.run_all());
    println!("switches = 3 * ROUNDS: {}", seen.switches.get() == 3 * rounds);
    match seen.threads.get() {
        Some(count) => println!("os threads while running = {count}"),
        None => println!("os threads are not counted on this system"),
    }
}
