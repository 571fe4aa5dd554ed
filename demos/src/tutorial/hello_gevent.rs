//! The greeting in gevent's manner (tutorial S1): each task calls itself a thread.
//!
//! The idea: gevent replaces Python's `time.sleep` and sockets by its own ("monkey patching"), so
//! that code written to block gives way instead, and each greenlet has a "thread id". Rust has no
//! such patching: a function that gives way says so, by `async`, and so does its caller. What is
//! true of both: three tasks with an identity each, one OS thread. The tutorial's transcript has
//! Bye 2 before Bye 1, which sleeps of 1 and 2 seconds cannot give.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use wakeful_executor::{Executor, yield_now};
use wakeful_reactor::{block_on, sleep};

use super::greeter::{Greeter, thread_id};
use super::stage::{current_task, gather, lane, note, seconds, watch};

static EXECUTOR: Executor<3, 256> = Executor::new();

/// Gives the OS thread that ran it.
async fn greet(n: u32, greeter: Rc<Greeter>) -> std::thread::ThreadId {
    greeter.hello(n, current_task().await);
    yield_now().await; // A sleep of 0 would be over at once; Python's gives way.
    sleep(seconds(n)).await;
    greeter.bye(n);
    thread_id()
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let greeter = Rc::new(Greeter::new());
    let tasks = [0, 1, 2].map(|n| {
        let task = lane(&format!("greet({n})"), greet(n, greeter.clone()));
        local.spawn(task).expect("three slots")
    });
    let threads: HashSet<_> = block_on(local.run_until(gather(tasks)))
        .into_iter()
        .collect();
    note(format!("os threads that ran them = {}", threads.len()));
    note(greeter.when());
    Ok(())
}
