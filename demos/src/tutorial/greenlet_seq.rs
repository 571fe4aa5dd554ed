//! Three tasks that never give way (tutorials S2 and S4: gevent without `sleep(0)`).
//!
//! The idea: coroutines are cooperative. A task keeps the thread until it awaits something that is
//! not ready, so tasks without such a place run one after another, in the order of their spawning.

use super::hello_gevent::current_task;
use wakeful_executor::{Executor, LocalExecutor, block_on};

pub static EXECUTOR: Executor<3, 256> = Executor::new();

async fn f(n: u32) {
    let me = current_task().await;
    for i in 0..n {
        println!("<Greenlet at {me:p}: f({n})> {i}");
    }
}

pub fn run(local: LocalExecutor<256>) {
    for _ in 0..3 {
        local.spawn_detached(f(5)).expect("three slots");
    }
    block_on(local.run_all());
}
