//! The mistake: a coroutine that blocks (tutorial S1's remark on `time.sleep`).
//!
//! The idea: there is one thread. Whoever blocks it, blocks everybody: the tasks run one after
//! another and the last Bye comes at 3, the sum of the sleeps, instead of at 2, the longest of
//! them. Compare `hello_async`; its only difference is what it sleeps with.

use std::io;
use std::rc::Rc;

use wakeful_executor::{Executor, block_on};

use super::greeter::Greeter;
use super::stage::{gather, lane, note, watch};

static EXECUTOR: Executor<3, 256> = Executor::new();

async fn greet(n: u32, greeter: Rc<Greeter>) {
    greeter.blocking(n); // No `.await`, so no other task gets a turn.
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let greeter = Rc::new(Greeter::new());
    let tasks = [0, 1, 2].map(|n| {
        let task = lane(&format!("greet({n})"), greet(n, greeter.clone()));
        local.spawn(task).expect("three slots")
    });
    block_on(local.run_until(gather(tasks)));
    note(greeter.when());
    Ok(())
}
