//! Three tasks that never give way (tutorials S2 and S4: gevent without `sleep(0)`).
//!
//! The idea: coroutines are cooperative. A task keeps the thread until it awaits something that is
//! not ready, so tasks without such a place run one after another, in the order of their spawning.

use std::io;

use wakeful_executor::{Executor, block_on};

use super::stage::{current_task, gather, lane, say, watch};

static EXECUTOR: Executor<3, 256> = Executor::new();

async fn f(n: u32) {
    let me = current_task().await;
    for i in 0..n {
        say(format!("<Greenlet at {me:p}: f({n})> {i}"));
    }
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let tasks = [1, 2, 3].map(|g| {
        local
            .spawn(lane(&format!("G{g}"), f(5)))
            .expect("three slots")
    });
    block_on(local.run_until(gather(tasks)));
    Ok(())
}
