//! Promises 5 and 6: turns are bounded, and so is memory.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_lite::future::{block_on, yield_now};
use wakeful_tests::trace::{Gate, Trace, Wakes, fresh};

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
fn promise_5_holds_when_a_spawn_sweeps_the_queue_in_mid_turn() {
    let local = fresh::<3, 128>();
    let polls = Rc::new(RefCell::new(0));
    let count = polls.clone();
    let task = local
        .spawn(async move {
            loop {
                *count.borrow_mut() += 1;
                // Both other slots are vacant and still queued: this sweeps them out.
                drop(local.spawn(async {}).expect("there is room"));
                yield_now().await;
            }
        })
        .expect("there is room");
    for _ in 0..2 {
        drop(local.spawn(async {}).expect("there is room"));
    }
    local.tick(99);
    assert_eq!(*polls.borrow(), 1, "woken in mid-turn, so for the next one");
    drop(task);
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
fn promise_6_every_slot_can_be_used_again_and_again() {
    let local = fresh::<3, 64>();
    for round in 0..50 {
        let tasks: Vec<_> =
            (0..3).map(|n| local.spawn(async move { n * round }).expect("room")).collect();
        assert!(local.spawn(async {}).is_err());
        for (n, task) in tasks.into_iter().enumerate() {
            match (n + round) % 3 {
                0 => assert_eq!(block_on(local.run_until(task)), n * round),
                1 => drop(task),
                _ => task.detach(),
            }
        }
        while local.tick(99).more {}
        assert_eq!(local.len(), 0);
    }
}

#[test]
fn a_tick_goes_past_a_main_that_is_gone_to_those_that_were_woken_after_it() {
    let local = fresh::<2, 64>();
    let (trace, gates) = (Trace::new(), [Gate::new(), Gate::new()]);
    let tasks = [("one", 0), ("two", 1)].map(|(name, n)| local.spawn(gates[n].pass(&trace, name)));
    let main = Gate::new();
    {
        let mut run = pin!(local.run_until(main.pass(&trace, "main")));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(run.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(trace.take(), ["main", "one", "two"]);
    assert!(!local.tick(0).more);
    main.wake();
    assert!(local.tick(0).more && local.has_ready());
    let tick = local.tick(9);
    assert_eq!((tick.polled, tick.completed, tick.more), (0, 0, false));
    for gate in [&gates[0], &main, &gates[1]] {
        gate.wake();
    }
    assert_eq!(local.tick(9).polled, 2);
    assert_eq!(trace.take(), ["one", "two"]);
    drop(tasks);
}
