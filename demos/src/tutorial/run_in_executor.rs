//! Blocking work on a thread of its own, awaited by the loop (tutorial S2, as it is meant).
//!
//! The idea: what cannot be awaited, because it blocks or computes, goes to a pool of threads; its
//! end wakes the loop. The main coroutine here makes the tutorial's mistake on purpose: it blocks
//! the loop for 7 seconds by sleeping, and awaits the other thread only then. The two streams of
//! lines mix freely; everything together takes as long as the longer one, 10 seconds.

use std::io;
use std::thread;

use wakeful_reactor::{ThreadPool, block_on};

use super::stage::{Clock, lane, note, os_threads, say, seconds};

fn work(i: u32, j: u32) -> u32 {
    for k in 0..10 {
        thread::sleep(seconds(1));
        say(format!("a----->> {k}"));
    }
    say(format!("{i} {j}"));
    i + j
}

async fn main(clock: Clock) -> io::Result<()> {
    let pool = ThreadPool::new(1).name("pool");
    let job = pool
        .run(|| work(0, 1))
        .map_err(|_| io::Error::other("the pool refuses"))?;
    let mut n = 0;
    for k in 0.. {
        say(format!("m---> {k}"));
        thread::sleep(seconds(1)); // Blocks the loop. `sleep(..).await` would not.
        n += k;
        if n > 20 {
            break;
        }
    }
    let from = clock.units();
    let result = job.await.map_err(io::Error::other)?;
    say(format!("{n} {result}"));
    note(format!("main awaited from unit {from}"));
    note(format!("os threads = {}", os_threads()?));
    Ok(())
}

pub fn run() -> io::Result<()> {
    let clock = Clock::start();
    block_on(lane("main coroutine", main(clock)))?;
    note(format!("units = {}", clock.units()));
    Ok(())
}
