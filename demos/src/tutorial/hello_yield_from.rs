//! The same greeting, written as generators (tutorial S1: `yield from asyncio.sleep(n)`).
//!
//! The idea: before Python had `await`, a coroutine was a generator that yielded what it waited
//! for, and a loop that knew what to do with it. Here it is spelled out: `greet` is a generator
//! that yields how long it wants to sleep, and a task of the loop resumes it after that long.
//! `yield from` passes the wish of a nested generator through, as `.await` does.

use super::stage::{now, seconds};
use std::pin::pin;
use std::thread;
use std::time::Duration;
use wakeful_executor::coroutine::{Coroutine, Exchange};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

/// A generator on it yields how long it wants to sleep.
type Wishes = Exchange<(), Duration>;

pub static EXECUTOR: Executor<3, 512> = Executor::new();

async fn nap(wishes: &Wishes, length: Duration) {
    wishes.yield_(length).await;
}

async fn greet(wishes: &Wishes, n: u32) {
    let id = thread::current().id();
    println!("Hello {n} now = {} serve thread id = {id:?}", now());
    nap(wishes, seconds(n)).await; // yield from
    println!("Bye.. {n} now = {}", now());
}

/// What the loop does with a generator: grant one wish after the other.
async fn as_task(n: u32) {
    let wishes = Wishes::new();
    let generator = pin!(Coroutine::new(&wishes, greet(&wishes, n)));
    for wish in generator {
        sleep(wish).await;
    }
}

pub fn run(local: LocalExecutor<512>) {
    for n in 1..4 {
        local.spawn_detached(as_task(n)).expect("three slots");
    }
    block_on(local.run_all());
}
