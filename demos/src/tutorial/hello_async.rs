//! Three coroutines greet, sleep 0, 1 and 2 seconds, and take leave, on one thread (tutorial S1).
//!
//! The idea: `.await` gives the thread back until the timer wakes the task, so the three sleep at
//! the same time and all is over after 2 seconds, not 3. Even a sleep of 0 gives way: no Bye comes
//! before the last Hello. `hello_thread` is the same with three threads, `hello_blocking` the
//! mistake.

use std::io;
use std::rc::Rc;

use wakeful_executor::{Executor, yield_now};
use wakeful_reactor::{block_on, sleep};

use super::greeter::{Greeter, thread_id};
use super::stage::{gather, lane, note, os_threads, seconds, watch};

static EXECUTOR: Executor<3, 256> = Executor::new();

async fn greet(n: u32, greeter: Rc<Greeter>) {
    greeter.hello(n, thread_id());
    yield_now().await; // A sleep of 0 would be over at once; Python's gives way.
    sleep(seconds(n)).await;
    greeter.bye(n);
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let greeter = Rc::new(Greeter::new());
    let tasks = [0, 1, 2].map(|n| {
        let task = lane(&format!("greet({n})"), greet(n, greeter.clone()));
        local.spawn(task).expect("three slots")
    });
    block_on(local.run_until(gather(tasks)));
    note(format!("os threads = {}", os_threads()?));
    note(greeter.when());
    Ok(())
}
