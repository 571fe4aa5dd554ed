//! What one switch costs, between tasks and between threads, in nanoseconds.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use wakeful_executor::{Executor, block_on, yield_now};

const TASK_SWITCHES: u32 = 3_000_000;
const THREAD_SWITCHES: u32 = 100_000;

static EXECUTOR: Executor<3, 64> = Executor::new();

/// Three tasks in turn.
pub fn tasks() -> f64 {
    let local = EXECUTOR.take().expect("taken once");
    let tasks = [(); 3].map(|()| {
        let turns = async {
            for _ in 0..TASK_SWITCHES / 3 {
                yield_now().await;
            }
        };
        local.spawn(turns).expect("three slots")
    });
    let start = Instant::now();
    block_on(local.run_until(async {
        for task in tasks {
            task.await;
        }
    }));
    start.elapsed().as_nanos() as f64 / f64::from(TASK_SWITCHES)
}

/// Two threads that hand a token to and fro, each waiting for the other.
pub fn threads() -> f64 {
    let (there, theirs) = sync_channel(0);
    let (back, ours) = sync_channel(0);
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || theirs.iter().all(|()| back.send(()).is_ok()));
        for _ in 0..THREAD_SWITCHES / 2 {
            if there.send(()).is_err() || ours.recv().is_err() {
                break;
            }
        }
        drop(there);
    });
    start.elapsed().as_nanos() as f64 / f64::from(THREAD_SWITCHES)
}
