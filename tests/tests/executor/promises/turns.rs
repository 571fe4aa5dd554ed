//! Promises 1, 5 and 6: tasks run in the order of their wakes, turns are bounded, and so is memory.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_lite::future::{block_on, yield_now};
use wakeful_tests::trace::{Trace, Wakes, fresh};

use super::at_gates;

#[test]
fn promise_5_a_turn_polls_each_task_once_and_no_more_than_was_ready() {
    let local = fresh::<3, 128>();
    let trace = Trace::new();
    for name in ["a", "b"] {
        let trace = trace.clone();
        let task = local.spawn(async move {
            for round in 0.. {
                trace.note(name);
                if name == "a" && round == 0 {
                    let note = trace.clone();
                    let spawned = local.spawn(async move { note.note("spawned") });
                    spawned.expect("there is room").detach();
                }
                yield_now().await;
            }
        });
        task.expect("there is room").detach();
    }
    let tick = local.tick(99);
    assert_eq!((tick.polled, tick.completed, tick.more), (2, 0, true));
    assert_eq!(trace.take(), ["a", "b"]);
    let tick = local.tick(99);
    assert_eq!((tick.polled, tick.completed, tick.more), (3, 1, true));
    assert_eq!(trace.take(), ["spawned", "a", "b"]);
    let tick = local.tick(2);
    assert_eq!((tick.polled, tick.completed, tick.more), (2, 0, true));
    assert_eq!(local.tick(0).polled, 0);
}

#[test]
fn promise_5_a_run_gives_way_to_its_parent_after_a_budget() {
    let local = fresh::<2, 64>();
    let polls = Rc::new(RefCell::new(0));
    let count = polls.clone();
    let task = local.spawn(async move {
        loop {
            *count.borrow_mut() += 1;
            yield_now().await;
        }
    });
    task.expect("there is room").detach();
    let wakes = Wakes::new();
    let waker = wakes.clone().into();
    let mut run = pin!(local.run());
    for round in 1..=3 {
        assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(wakes.take(), 1, "it asks to be polled again");
        assert!(*polls.borrow() <= 256 * round);
        assert!(*polls.borrow() >= 250 * round);
    }
}

#[test]
fn promise_5_a_main_future_that_wakes_itself_gives_way_too() {
    let local = fresh::<2, 64>();
    let wakes = Wakes::new();
    let waker = wakes.clone().into();
    let mut run = pin!(local.run_until(async {
        loop {
            yield_now().await;
        }
    }));
    let poll: Poll<()> = run.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    assert_eq!(wakes.take(), 1);
}

#[test]
fn promise_6_a_full_executor_gives_the_future_back() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    assert_eq!((local.capacity(), local.len()), (2, 0));
    let tasks: Vec<_> =
        (0..2).map(|n| local.spawn(async move { n }).expect("there is room")).collect();
    assert_eq!(local.len(), 2);
    let bell = trace.bell("third");
    let error = local.spawn(async move { bell.hold() }).expect_err("no third slot");
    assert_eq!(error.to_string(), "all slots of the executor are in use");
    assert_eq!(format!("{error:?}"), "SpawnError(..)");
    block_on(error.into_inner());
    assert_eq!(trace.take(), ["drop third"]);
    // A finished task keeps its slot until its output is taken.
    local.tick(99);
    assert_eq!(local.len(), 2);
    assert!(local.spawn(async {}).is_err());
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(block_on(local.run_until(task)), n);
    }
    assert_eq!(local.len(), 0);
}

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
