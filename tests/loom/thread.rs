//! `executor/src/thread.rs` for the model checker, whose threads share one thread of the system.

use std::cell::Cell;

loom::thread_local! {
    static HERE: Cell<usize> = Cell::new(0);
}

std::thread_local! {
    static LAST: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn here() -> usize {
    HERE.with(|here| {
        if here.get() == 0 {
            LAST.set(LAST.get() + 1);
            here.set(LAST.get());
        }
        here.get()
    })
}

pub(crate) fn compiler_fence() {}
