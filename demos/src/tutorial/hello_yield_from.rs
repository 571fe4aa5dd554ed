//! The same greeting, written as generators (tutorial S1: `yield from asyncio.sleep(n)`).
//!
//! The idea: before Python had `await`, a coroutine was a generator that yielded what it waited
//! for, and a loop that knew what to do with it. Here it is spelled out: `greet` is a generator
//! that yields how long it wants to sleep, and a task of the loop resumes it after that long.
//! `yield from` passes the wish of a nested generator through, as `.await` does.

use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use wakeful_executor::Executor;
use wakeful_executor::coroutine::{Coroutine, Exchange};
use wakeful_reactor::{block_on, sleep};

use super::greeter::{Greeter, thread_id};
use super::stage::{gather, lane, note, os_threads, seconds, watch};

/// A generator on it yields how long it wants to sleep.
type Wishes = Exchange<(), Duration>;

static EXECUTOR: Executor<3, 512> = Executor::new();

async fn nap(wishes: &Wishes, length: Duration) {
    wishes.yield_(length).await;
}

async fn greet(wishes: &Wishes, n: u32, greeter: &Greeter) {
    greeter.hello(n, thread_id());
    nap(wishes, seconds(n)).await; // yield from
    greeter.bye(n);
}

/// What the loop does with a generator: grant one wish after the other.
async fn as_task(n: u32, greeter: Rc<Greeter>) {
    let wishes = Wishes::new();
    let generator = pin!(Coroutine::new(&wishes, greet(&wishes, n, &greeter)));
    for wish in generator {
        sleep(wish).await;
    }
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let greeter = Rc::new(Greeter::new());
    let tasks = [1, 2, 3].map(|n| {
        let task = lane(&format!("greet({n})"), as_task(n, greeter.clone()));
        local.spawn(task).expect("three slots")
    });
    block_on(local.run_until(gather(tasks)));
    note(format!("os threads = {}", os_threads()?));
    note(greeter.when());
    Ok(())
}
