//! Three tasks that give way after each line (tutorials S2 and S4: gevent with `sleep(0)`).
//!
//! The idea: `yield_now` puts the task at the back of the ready queue. The queue is first in,
//! first out, so the tasks take turns in the order of their spawning, every round the same. (The
//! tutorial's transcript swaps two of them in some rounds, which an old libev did.)

use super::hello_gevent::current_task;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

pub static EXECUTOR: Executor<3, 256> = Executor::new();

async fn f(n: u32) {
    let me = current_task().await;
    for i in 0..n {
        println!("<Greenlet at {me:p}: f({n})> {i}");
        yield_now().await;
    }
}

pub fn run(local: LocalExecutor<256>) {
    for _ in 0..3 {
        local.spawn_detached(f(5)).expect("three slots");
    }
    block_on(local.run_all());
}
