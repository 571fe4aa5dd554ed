//! A crew: one task for each name, all on an executor of their own, and the trace that they leave.

use std::cell::RefCell;
use std::rc::Rc;

use futures_lite::future::block_on;
use wakeful_executor::{Executor, LocalExecutor};

/// What has happened, in order.
pub type Trace = Rc<RefCell<Vec<String>>>;

/// Adds a line.
pub fn note(trace: &Trace, what: impl Into<String>) {
    trace.borrow_mut().push(what.into());
}

/// An executor that nobody else has.
pub fn fresh() -> LocalExecutor<512> {
    // Leaked: each test has its own.
    let executor: &'static Executor<8, 512> = Box::leak(Box::new(Executor::new()));
    executor.take().expect("taken once")
}

/// Runs one task for each name, and then the executor until all are done.
pub fn run_all<F: Future<Output = ()> + 'static>(names: &[char], task: impl Fn(char) -> F) {
    let local = fresh();
    let spawn = |&name| local.spawn(task(name)).expect("eight slots");
    let tasks: Vec<_> = names.iter().map(spawn).collect();
    block_on(local.run_until(async {
        for task in tasks {
            task.await;
        }
    }));
}
