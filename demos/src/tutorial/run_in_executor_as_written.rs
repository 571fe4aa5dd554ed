//! The same program as the tutorial wrote it: `asyncio.sleep(1)` without `await` (tutorial S2).
//!
//! The idea: calling an async function runs nothing. It gives a coroutine, and if nobody awaits
//! that, it is thrown away: the thread prints its ten lines at once, and only the main coroutine's
//! sleeps take time. Python warns ten times at run time; Rust warns once, when it compiles
//! (`unused_must_use`), and here the sleeps are thrown away in so many words.

use super::run_in_executor::count;
use super::stage::{seconds, units};
use std::cell::Cell;
use std::io;
use std::time::Instant;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{ThreadPool, block_on, sleep};

pub static EXECUTOR: Executor<1, 512> = Executor::new();

/// Says that its coroutine was dropped without ever having been awaited.
struct Warning<'a>(&'a Cell<u32>);

impl Drop for Warning<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

async fn sleep_one(warning: Warning<'_>) {
    std::mem::forget(warning); // This line runs when it is awaited.
    sleep(seconds(1)).await;
}

/// Gives the sum, when it was done, and how many coroutines it threw away.
fn work(began: Instant, i: u32, j: u32) -> (u32, u64, u32) {
    let never_awaited = Cell::new(0);
    for k in 0..10 {
        drop(sleep_one(Warning(&never_awaited)));
        println!("a----->> {k}");
    }
    println!("{i} {j}");
    (i + j, units(began), never_awaited.get())
}

async fn main() -> io::Result<()> {
    let began = Instant::now();
    let pool = ThreadPool::new(1).name("pool");
    let job = pool.run(move || work(began, 0, 1));
    let job = job.map_err(|_| io::Error::other("the pool refuses"))?;
    let n = count();
    let (result, done, warnings) = job.await.map_err(io::Error::other)?;
    println!("{n} {result}");
    println!("# a-stream over at unit {done}, all over at unit {}", units(began));
    println!("# never-awaited warnings = {warnings}");
    Ok(())
}

pub fn run(local: LocalExecutor<512>) -> io::Result<()> {
    let main = local.spawn(main()).expect("one slot");
    block_on(local.run_until(main))
}
