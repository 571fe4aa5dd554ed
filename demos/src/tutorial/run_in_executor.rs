//! Blocking work on a thread of its own, awaited by the loop (tutorial S2, as it is meant).
//!
//! The idea: what cannot be awaited, because it blocks or computes, goes to a pool of threads; its
//! end wakes the loop. The main coroutine here makes the tutorial's mistake on purpose: it blocks
//! the loop for 7 seconds by sleeping, and awaits the other thread only then. The two streams of
//! lines mix freely; everything together takes as long as the longer one, 10 seconds.

use super::stage::{seconds, units};
use std::io;
use std::thread;
use std::time::Instant;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{ThreadPool, block_on};

pub static EXECUTOR: Executor<1, 512> = Executor::new();

fn work(i: u32, j: u32) -> u32 {
    for k in 0..10 {
        thread::sleep(seconds(1));
        println!("a----->> {k}");
    }
    println!("{i} {j}");
    i + j
}

/// Says numbers until their sum is above 20, a second each.
pub fn count() -> u32 {
    let mut n = 0;
    for k in 0.. {
        println!("m---> {k}");
        thread::sleep(seconds(1)); // Blocks the loop. `sleep(..).await` would not.
        n += k;
        if n > 20 {
            break;
        }
    }
    n
}

async fn main() -> io::Result<()> {
    let began = Instant::now();
    let pool = ThreadPool::new(1).name("pool");
    let job = pool.run(|| work(0, 1));
    let job = job.map_err(|_| io::Error::other("the pool refuses"))?;
    let n = count();
    let from = units(began);
    let result = job.await.map_err(io::Error::other)?;
    println!("{n} {result}");
    println!("# main awaited from unit {from}");
    Ok(())
}

pub fn run(local: LocalExecutor<512>) -> io::Result<()> {
    let main = local.spawn(main()).expect("one slot");
    block_on(local.run_until(main))
}
