//! Promise 1: tasks run in the order in which they were woken.

use futures_lite::future::{block_on, yield_now};
use wakeful_tests::trace::{Trace, fresh};

use super::at_gates;

#[test]
fn promise_1_tasks_run_in_the_order_in_which_they_were_woken() {
    let local = fresh::<4, 64>();
    let trace = Trace::new();
    let tasks = at_gates(local, &trace, ["a", "b", "c", "d"]);
    for order in [[2, 0, 3, 1], [3, 2, 1, 0], [1, 3, 0, 2]] {
        for task in order {
            tasks[task].0.wake();
        }
        local.tick(99);
        assert_eq!(trace.take(), order.map(|task| ["a", "b", "c", "d"][task]));
    }
}

#[test]
fn promise_1_holds_across_threads_as_far_as_wakes_are_ordered() {
    let local = fresh::<4, 64>();
    let trace = Trace::new();
    let [a, b, c, d] = at_gates(local, &trace, ["a", "b", "c", "d"]);
    b.0.wake_from_a_thread(); //  the inbox
    d.0.wake(); //                the owner's own door: b has to be before it
    a.0.wake_from_a_thread(); //  the inbox again
    c.0.wake_from_a_thread();
    b.0.wake(); //                queued already: it keeps its place
    local.tick(99);
    assert_eq!(trace.take(), ["b", "d", "a", "c"]);
    a.0.wake();
    a.0.wake_from_a_thread(); //  the same task through both doors is polled once
    c.0.wake_from_a_thread();
    c.0.wake();
    local.tick(99);
    assert_eq!(trace.take(), ["a", "c"]);
    assert!(!local.tick(99).more);
}

#[test]
fn promise_1_a_wake_during_a_turn_queues_behind_what_is_ready() {
    let local = fresh::<3, 128>();
    let trace = Trace::new();
    let [a, b] = at_gates(local, &trace, ["a", "b"]);
    let (note, gate) = (trace.clone(), a.0.clone());
    let waker_of_a = local.spawn(async move {
        note.note("wakes a and itself");
        gate.wake();
        yield_now().await;
        note.note("goes on");
    });
    waker_of_a.expect("there is room").detach();
    b.0.wake();
    while local.tick(1).more {}
    assert_eq!(trace.take(), ["wakes a and itself", "b", "a", "goes on"]);
}

#[test]
fn promise_1_the_main_future_takes_its_turn_among_the_tasks() {
    let local = fresh::<2, 128>();
    let trace = Trace::new();
    for name in ["one", "two"] {
        let trace = trace.clone();
        let task = local.spawn(async move {
            for _ in 0..2 {
                trace.note(name);
                yield_now().await;
            }
        });
        task.expect("there is room").detach();
    }
    block_on(local.run_until(async {
        for _ in 0..3 {
            trace.note("main");
            yield_now().await;
        }
    }));
    let rows = ["main", "one", "two", "main", "one", "two", "main"];
    assert_eq!(trace.take(), rows);
}
