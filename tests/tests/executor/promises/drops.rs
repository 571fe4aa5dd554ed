//! Promise 7: futures and outputs are dropped exactly once.

use std::future::Future;

use futures_lite::future::block_on;
use wakeful_tests::trace::{Bell, Gate, Trace, fresh, panic_text};

/// A future that holds `bell`, waits at `gate`, and gives `output`.
fn holding<T>(bell: Bell, gate: &Gate, output: T) -> impl Future<Output = T> + use<T> {
    let pass = gate.pass(&Trace::new(), "");
    async move {
        bell.hold();
        pass.await;
        output
    }
}

#[test]
fn promise_7_future_and_output_are_dropped_once_at_completion() {
    let local = fresh::<2, 256>();
    let (trace, gate) = (Trace::new(), Gate::new());
    let future = holding(trace.bell("future"), &gate, trace.bell("output"));
    let task = local.spawn(future).expect("there is room");
    local.tick(9);
    assert_eq!(trace.take(), [""; 0]);
    gate.open();
    local.tick(9);
    assert_eq!(trace.take(), ["drop future"]);
    let output = block_on(local.run_until(task));
    assert_eq!(trace.take(), [""; 0]);
    drop(output);
    assert_eq!(trace.take(), ["drop output"]);
}

#[test]
fn promise_7_future_and_output_are_dropped_once_at_cancel() {
    let local = fresh::<2, 256>();
    let (trace, gate) = (Trace::new(), Gate::new());
    let spawn = || {
        let future = holding(trace.bell("future"), &gate, trace.bell("output"));
        local.spawn(future).expect("there is room")
    };
    // Never polled; polled once; finished and cancelled; finished and dropped.
    assert!(spawn().cancel().is_none());
    assert_eq!(trace.take(), ["drop future", "drop output"]);
    let task = spawn();
    local.tick(9);
    drop(task);
    assert_eq!(trace.take(), ["drop future", "drop output"]);
    gate.open();
    let task = spawn();
    local.tick(9);
    assert_eq!(trace.take(), ["drop future"]);
    assert!(task.cancel().is_some());
    assert_eq!(trace.take(), ["drop output"]);
    let task = spawn();
    local.tick(9);
    assert!(task.is_finished());
    assert_eq!(trace.take(), ["drop future"]);
    drop(task);
    assert_eq!(trace.take(), ["drop output"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_7_clear_drops_every_future_once_and_leaves_outputs_to_their_handles() {
    let local = fresh::<4, 256>();
    let (trace, gate, open) = (Trace::new(), Gate::new(), Gate::new());
    open.open();
    let waits = local.spawn(holding(trace.bell("f1"), &gate, trace.bell("o1")));
    let done = local.spawn(holding(trace.bell("f2"), &open, trace.bell("o2")));
    let detached = local.spawn(holding(trace.bell("f3"), &gate, trace.bell("o3")));
    let (waits, done) = (waits.expect("room"), done.expect("room"));
    detached.expect("room").detach();
    local.tick(9);
    assert_eq!(trace.take(), ["drop f2"]);
    local.clear();
    // `o1` and `o3` are held by their futures still.
    let rows = ["drop f1", "drop o1", "drop f3", "drop o3"];
    assert_eq!(trace.take(), rows);
    assert_eq!(local.len(), 2, "their handles keep two slots");
    local.clear();
    assert!(panic_text(|| block_on(waits)).contains("cleared"));
    drop(done.cancel().expect("its output"));
    assert_eq!(trace.take(), ["drop o2"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_7_what_is_never_run_to_its_end_is_never_dropped() {
    let local = fresh::<2, 256>();
    let (trace, gate) = (Trace::new(), Gate::new());
    let future = holding(trace.bell("future"), &gate, ());
    std::mem::forget(local.spawn(future).expect("there is room"));
    local.tick(9);
    gate.open();
    local.tick(9);
    // Forgetting a handle keeps the slot for ever.
    assert_eq!(trace.take(), ["drop future"]);
    assert_eq!(local.len(), 1);
}
