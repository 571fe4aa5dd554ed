//! "Coroutines need no locks": where it is true and where it is not (tutorials S1, S2 and S4).
//!
//! The idea: tasks of one thread switch only where they `await`. Between two awaits nobody else
//! runs, so a plain `Cell` is enough. But a switch between reading and writing back loses updates
//! just as threads do: all ten read the same number, and of ten increments one is left. Then a lock
//! is needed, one that waits by `await`. (A borrow of a `RefCell` must not live across one.)

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use wakeful_executor::sync::Mutex;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

use super::stage::{gather, lane, note, say, watch};

static EXECUTOR: Executor<10, 256> = Executor::new();

async fn bump(count: Rc<Cell<u32>>, times: u32) {
    for _ in 0..times {
        count.set(count.get() + 1);
        yield_now().await;
    }
}

async fn bump_across_switch(count: Rc<Cell<u32>>, times: u32) {
    for _ in 0..times {
        let seen = count.get();
        yield_now().await;
        count.set(seen + 1);
    }
}

async fn bump_locked(count: Rc<Mutex<u32>>, times: u32) {
    for _ in 0..times {
        let mut guard = count.lock().await;
        let seen = *guard;
        yield_now().await;
        *guard = seen + 1;
    }
}

/// Runs ten of what `make` makes to their end.
fn ten<F: Future<Output = ()> + 'static>(local: LocalExecutor<256>, make: impl Fn() -> F) {
    let tasks = (0..10).map(|k| local.spawn(lane(&format!("task {k}"), make())));
    let tasks: Vec<_> = tasks.map(|task| task.expect("ten slots")).collect();
    block_on(local.run_until(gather(tasks)));
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let count = Rc::new(Cell::new(0));
    ten(local, || bump(count.clone(), 100));
    say(format!(
        "10 coroutines x 100, no lock: {}",
        count.replace(0)
    ));
    ten(local, || bump_across_switch(count.clone(), 100));
    say(format!("switch between read and write: {}", count.get()));
    let count = Rc::new(Mutex::new(0));
    ten(local, || bump_locked(count.clone(), 100));
    let total = count
        .try_lock()
        .map(|guard| *guard)
        .expect("nobody is left to hold it");
    say(format!("the same under a coroutine lock: {total}"));
    note("Rust: Cell/RefCell on one thread; the borrow must not live across await");
    Ok(())
}
