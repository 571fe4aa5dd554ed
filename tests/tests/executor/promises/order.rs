//! Promise 1: tasks run in the order in which they were woken.

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
