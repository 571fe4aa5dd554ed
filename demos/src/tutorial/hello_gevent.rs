//! The greeting in gevent's manner (tutorial S1): each task calls itself a thread.
//!
//! The idea: gevent replaces Python's `time.sleep` and sockets by its own ("monkey patching"), so
//! that code written to block gives way instead, and each greenlet has a "thread id". Rust has no
//! such patching: a function that gives way says so, by `async`, and so does its caller. What is
//! true of both: three tasks with an identity each, one OS thread. The tutorial's transcript has
//! Bye 2 before Bye 1, which sleeps of 1 and 2 seconds cannot give.

use super::stage::{count, now, seconds};
use std::future::poll_fn;
use std::task::Poll;
use std::thread::{self, ThreadId};
use wakeful_executor::{Executor, LocalExecutor, yield_now};
use wakeful_reactor::{block_on, sleep};

pub static EXECUTOR: Executor<3, 256> = Executor::new();

/// What tells the present task from every other one: where its slot is. (A waker points there.)
pub async fn current_task() -> *const () {
    poll_fn(|cx| Poll::Ready(cx.waker().data())).await
}

/// Gives the OS thread that ran it.
async fn greet(n: u32) -> ThreadId {
    let id = current_task().await;
    println!("Hello {n} now = {} serve thread id = {id:?}", now());
    yield_now().await; // A sleep of 0 would be over at once; Python's gives way.
    sleep(seconds(n)).await;
    println!("Bye.. {n} now = {}", now());
    thread::current().id()
}

/// Gives how many OS threads ran the tasks.
pub fn run(local: LocalExecutor<256>) -> usize {
    let tasks = [0, 1, 2].map(|n| local.spawn(greet(n)).expect("three slots"));
    block_on(local.run_all());
    count(tasks.into_iter().filter_map(|task| task.cancel()))
}
