//! "Coroutines need no locks": where it is true and where it is not (tutorials S1, S2 and S4).
//!
//! The idea: tasks of one thread switch only where they `await`. Between two awaits nobody else
//! runs, so a plain `Cell` is enough. But a switch between reading and writing back loses updates
//! just as threads do: all ten read the same number, and of ten increments one is left. Then a lock
//! is needed, one that waits by `await`. (A borrow of a `RefCell` must not live across one.)

use std::cell::Cell;
use std::rc::Rc;
use wakeful_executor::sync::Mutex;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

pub static EXECUTOR: Executor<10, 256> = Executor::new();

async fn bump(count: Rc<Cell<u32>>) {
    for _ in 0..100 {
        count.set(count.get() + 1);
        yield_now().await;
    }
}

async fn bump_across_switch(count: Rc<Cell<u32>>) {
    for _ in 0..100 {
        let seen = count.get();
        yield_now().await;
        count.set(seen + 1);
    }
}

async fn bump_locked(count: Rc<Mutex<u32>>) {
    for _ in 0..100 {
        let mut guard = count.lock().await;
        let seen = *guard;
        yield_now().await;
        *guard = seen + 1;
    }
}

/// Runs ten of what `make` makes to their end.
fn ten<F: Future<Output = ()> + 'static>(local: LocalExecutor<256>, make: impl Fn() -> F) {
    for _ in 0..10 {
        local.spawn_detached(make()).expect("ten slots");
    }
    block_on(local.run_all());
}

pub fn run(local: LocalExecutor<256>) {
    let count = Rc::new(Cell::new(0));
    ten(local, || bump(count.clone()));
    println!("10 coroutines x 100, no lock: {}", count.replace(0));
    ten(local, || bump_across_switch(count.clone()));
    println!("switch between read and write: {}", count.get());
    let count = Rc::new(Mutex::new(0));
    ten(local, || bump_locked(count.clone()));
    let total = count.try_lock().map(|guard| *guard);
    println!("the same under a coroutine lock: {}", total.expect("nobody is left to hold it"));
    println!("# Rust: Cell/RefCell on one thread; the borrow must not live across await");
}
