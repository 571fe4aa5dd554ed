//! Many thousand switches, one OS thread (tutorials S2 and S4: "make it 500000 rounds and look").
//!
//! The idea: a switch between tasks is a function return and a function call. The operating system
//! does not know of it, so its thread count stays at one however often the tasks take turns.
//! `ROUNDS` in the environment sets the rounds (20,000).

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use wakeful_executor::{Executor, block_on, yield_now};

use super::stage::{gather, lane, os_threads, say, watch};

static EXECUTOR: Executor<3, 256> = Executor::new();

/// How often a task gave way, and the most threads that were seen meanwhile.
#[derive(Default)]
struct Seen {
    switches: Cell<u64>,
    threads: Cell<usize>,
}

async fn f(rounds: u64, seen: Rc<Seen>) -> io::Result<()> {
    for round in 0..rounds {
        if round % 1_000 == 0 {
            seen.threads.set(seen.threads.get().max(os_threads()?));
        }
        seen.switches.set(seen.switches.get() + 1);
        yield_now().await;
    }
    Ok(())
}

pub fn run() -> io::Result<()> {
    let rounds: u64 = match std::env::var("ROUNDS") {
        Ok(text) => text
            .parse()
            .map_err(|_| io::Error::other(format!("ROUNDS={text}: no number")))?,
        Err(_) => 20_000,
    };
    let local = watch(EXECUTOR.take().expect("taken once"));
    let seen = Rc::new(Seen::default());
    let tasks = [1, 2, 3].map(|g| {
        let task = lane(&format!("G{g}"), f(rounds, seen.clone()));
        local.spawn(task).expect("three slots")
    });
    for end in block_on(local.run_until(gather(tasks))) {
        end?;
    }
    say(format!(
        "switches = 3 * ROUNDS: {}",
        seen.switches.get() == 3 * rounds
    ));
    say(format!("os threads while running = {}", seen.threads.get()));
    Ok(())
}
