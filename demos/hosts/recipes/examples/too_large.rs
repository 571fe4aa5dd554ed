//! A future of more bytes than a slot has. `cargo check` finds nothing wrong; `cargo build` refuses.

use wakeful_executor::{Executor, block_on, yield_now};

static EXECUTOR: Executor<4, 64> = Executor::new();

fn main() {
    let local = EXECUTOR.take().expect("taken once");
    let task = local.spawn(async {
        let line = [0_u8; 80];
        yield_now().await; // the line is needed after it, so it is part of the future
        line.len()
    });
    if let Ok(task) = task {
        println!("{}", block_on(local.run_until(task)));
    }
}
