//! Promise 10: one driver. Any other attempt to drive panics, and changes nothing.

use std::cell::RefCell;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use futures_lite::future::{block_on, yield_now};
use wakeful_executor::LocalExecutor;
use wakeful_tests::hand::{WakerEvent, acting_waker, on_wake};
use wakeful_tests::trace::{AtDrop, Gate, Trace, Wakes, fresh, hold_for_ever, panic_text, poll};

use super::at_gates;

const REFUSED: &str = "wakeful: this executor is run already; ";

type Local = LocalExecutor<512>;

/// Tries to drive in every way that there is. Each must panic, say why, poll nobody, and leave no
/// trace of itself.
fn try_to_drive(local: Local) {
    let nobody = || async { unreachable!("main is not polled") };
    let parent = Wakes::new();
    let waker = Waker::from(parent.clone());
    let mut cx = Context::from_waker(&waker);
    let seen = || (local.len(), local.has_ready());
    let before = seen();
    let refused = |attempt: &mut dyn FnMut()| {
        let said = panic_text(attempt);
        assert!(said.starts_with(REFUSED), "{said}");
        assert_eq!(seen(), before);
    };
    refused(&mut || _ = local.tick(usize::MAX));
    refused(&mut || _ = local.tick(0));
    refused(&mut || _ = local.poll_run(&mut cx));
    refused(&mut || _ = pin!(local.run()).poll(&mut cx));
    refused(&mut || _ = pin!(local.run_all()).poll(&mut cx));
    refused(&mut || _ = pin!(local.run_until(nobody())).poll(&mut cx));
    refused(&mut || block_on(local.run_until(nobody())));
    refused(&mut || local.run_with_idle(|| unreachable!("it does not drive")));
    // Making a run and dropping it unpolled is allowed, and takes nothing from the driver.
    drop((local.run(), local.run_all(), local.run_until(nobody())));
    refused(&mut || _ = local.tick(1));
    assert_eq!((parent.count(), Arc::strong_count(&parent)), (0, 2));
}

/// Whether the executor has no driver, and still polls who is woken.
fn assert_drivable(local: Local) {
    let task = local.spawn(async { 7 }).expect("there is room");
    assert_eq!(block_on(local.run_until(task)), 7);
    local.tick(0);
}

async fn yields(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

#[test]
fn promise_10_a_nested_run_that_is_refused_changes_nothing() {
    let traces = [false, true].map(|is_nested| {
        let local = fresh::<4, 512>();
        let trace = Trace::new();
        let [one, two, main] = [trace.clone(), trace.clone(), trace.clone()];
        block_on(local.run_until(async move {
            let first = local.spawn(async move {
                for round in 0..3 {
                    one.note(format!("first {round}"));
                    yield_now().await;
                }
            });
            let second = local.spawn(async move {
                if is_nested {
                    try_to_drive(local);
                }
                two.note("second");
                yield_now().await;
                if is_nested {
                    try_to_drive(local);
                }
                two.note("second again");
            });
            main.note("main");
            first.expect("room").await;
            main.note("first is over");
            second.expect("room").await;
        }));
        assert_eq!(local.len(), 0);
        trace.take()
    });
    let rows = ["main", "first 0", "second", "first 1", "second again", "first 2", "first is over"];
    assert_eq!(traces[0], rows);
    assert_eq!(traces[1], rows);
}

/// A driver, driven until it has polled what is ready.
type Drive = fn(Local);

const DRIVERS: [(&str, Drive); 5] = [
    ("tick", |local| assert_eq!(local.tick(usize::MAX).polled, 1)),
    ("poll_run", |local| {
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(local.poll_run(cx).is_pending());
    }),
    ("run", |local| {
        assert!(poll(pin!(local.run()), Waker::noop()).is_pending());
    }),
    ("run_all", |local| {
        assert!(poll(pin!(local.run_all()), Waker::noop()).is_ready());
    }),
    ("run_until", |local| {
        let run = pin!(local.run_until(pending::<()>()));
        assert!(poll(run, Waker::noop()).is_pending());
    }),
];

#[test]
fn promise_10_every_driver_drives_alone_and_lets_go_at_its_end() {
    for (name, drive) in DRIVERS {
        let local = fresh::<2, 512>();
        let trace = Trace::new();
        let note = trace.clone();
        let trying = local.spawn_detached(async move {
            note.note(name);
            try_to_drive(local);
        });
        trying.expect("room");
        drive(local);
        assert_eq!(trace.take(), [name]);
        assert_drivable(local);
    }
}

#[test]
fn promise_10_every_driver_that_a_panic_unwinds_lets_go() {
    for (name, drive) in DRIVERS {
        let local = fresh::<2, 512>();
        let bad = local.spawn_detached(async { panic!("in a poll") });
        bad.expect("room");
        assert_eq!(panic_text(|| drive(local)), "in a poll", "{name}");
        assert_eq!(local.len(), 0);
        assert_drivable(local);
    }
}

#[test]
fn promise_10_a_run_drives_between_its_polls_and_also_after_one_unwound() {
    let local = fresh::<4, 512>();
    let trace = Trace::new();
    let gate = Gate::new();
    let wakes = Wakes::new();
    let waker = Waker::from(wakes.clone());
    let mut run = Box::pin(local.run_until(gate.pass(&trace, "main")));
    // Not before its first poll.
    assert_drivable(local);
    assert!(poll(run.as_mut(), &waker).is_pending());
    try_to_drive(local);
    local.spawn_detached(async { panic!("in a poll") }).expect("room");
    assert_eq!(wakes.take(), 1, "the attempts have not taken its parent");
    assert_eq!(panic_text(|| poll(run.as_mut(), &waker)), "in a poll");
    try_to_drive(local);
    gate.open();
    assert!(poll(run.as_mut(), &waker).is_ready());
    // It is over, and kept.
    assert_drivable(local);
    drop(run);
    assert_drivable(local);
}

#[test]
fn promise_10_poll_run_drives_during_the_call_only() {
    let local = fresh::<4, 512>();
    let trace = Trace::new();
    let [(gate, _task)] = at_gates(local, &trace, ["task"]);
    let wakes = Wakes::new();
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(local.poll_run(&mut cx).is_pending());
    // A tick in between does not take its parent away.
    assert_eq!(local.tick(9).polled, 0);
    gate.wake();
    assert_eq!(wakes.take(), 1);
    assert_eq!(local.tick(9).polled, 1);
    assert!(local.poll_run(&mut cx).is_pending());
    // Nor does the parent's waker, which may drive when it is woken.
    let driving = on_wake(move || {
        local.tick(9);
    });
    trace.take();
    let mut cx = Context::from_waker(&driving);
    assert!(local.poll_run(&mut cx).is_pending());
    gate.wake();
    assert_eq!(trace.take(), ["task"]);
    gate.wake();
    assert_eq!(trace.take(), [""; 0], "woken once for each time that it slept");
    assert!(local.poll_run(&mut cx).is_pending());
    assert_eq!(trace.take(), ["task"]);
    assert_drivable(local);
}

#[test]
fn promise_10_a_run_lets_go_before_it_drops_its_main() {
    let local = fresh::<4, 512>();
    let trace = Trace::new();
    let note = trace.clone();
    let drives = AtDrop(move || {
        assert_drivable(local);
        note.note("driven in main's drop");
    });
    let main = hold_for_ever(drives);
    let mut run = Box::pin(local.run_until(main));
    assert!(poll(run.as_mut(), Waker::noop()).is_pending());
    drop(run);
    assert_eq!(trace.take(), ["driven in main's drop"]);
    assert_drivable(local);
}

#[test]
fn promise_10_a_run_that_is_dropped_takes_its_parents_waker_with_it_and_another_goes_on() {
    let local = fresh::<4, 512>();
    let trace = Trace::new();
    let [(gate, _task)] = at_gates(local, &trace, ["task"]);
    let parents = [Wakes::new(), Wakes::new()];
    for (n, parent) in parents.iter().enumerate() {
        let waker = Waker::from(parent.clone());
        let mut run = Box::pin(local.run());
        assert!(poll(run.as_mut(), &waker).is_pending());
        gate.wake();
        assert_eq!(parent.take(), 1);
        assert!(poll(run.as_mut(), &waker).is_pending());
        assert_eq!(trace.take(), ["task"], "of run {n}");
        drop((run, waker));
        assert_eq!(Arc::strong_count(parent), 1);
    }
    gate.wake();
    assert_eq!(parents.map(|parent| parent.count()), [0, 0]);
    assert_drivable(local);
}

#[test]
fn promise_10_a_driver_that_begins_while_a_run_is_dropped_keeps_the_executor() {
    let local = fresh::<4, 512>();
    let next = Rc::new(RefCell::new(None));
    let keep = next.clone();
    let parent = acting_waker(move |event| {
        if event == WakerEvent::Dropped && keep.borrow().is_none() {
            let mut run: Pin<Box<dyn Future<Output = _>>> = Box::pin(local.run());
            assert!(poll(run.as_mut(), Waker::noop()).is_pending());
            *keep.borrow_mut() = Some(run);
        }
    });
    let mut run = Box::pin(local.run());
    assert!(poll(run.as_mut(), &parent).is_pending());
    // The parent's waker is dropped with the run, and drives.
    drop(run);
    assert!(next.borrow().is_some());
    try_to_drive(local);
    drop(next.take());
    assert_drivable(local);
}

#[test]
fn promise_10_a_run_that_is_forgotten_drives_for_ever() {
    let local = fresh::<2, 512>();
    let trace = Trace::new();
    let mut run = Box::pin(local.run());
    assert!(poll(run.as_mut(), Waker::noop()).is_pending());
    std::mem::forget(run);
    for _ in 0..2 {
        try_to_drive(local);
        // What does not drive is allowed.
        let bell = trace.bell("future");
        let task = local.spawn(async move { bell.hold() }).expect("room");
        assert_eq!((local.len(), local.has_ready()), (1, true));
        assert!(task.cancel().is_none());
        assert_eq!(trace.take(), ["drop future"]);
        local.spawn_detached(async {}).expect("room");
        local.clear();
        assert!(local.is_empty());
    }
}

#[test]
fn promise_10_run_with_idle_drives_also_inside_idle_and_for_ever() {
    let local = fresh::<2, 512>();
    let trace = Trace::new();
    let gate = Gate::new();
    let task = local.spawn(gate.pass(&trace, "task")).expect("room");
    local.spawn_detached(async move { try_to_drive(local) }).expect("room");
    let mut idles = 0;
    // On a host, the only way out is a panic.
    let said = panic_text(|| {
        local.run_with_idle(|| {
            assert!(!local.has_ready(), "idle only when nothing is ready");
            trace.note("idle");
            try_to_drive(local);
            idles += 1;
            match idles {
                1 => gate.wake_from_a_thread(),
                2 => gate.open(),
                _ => panic!("enough"),
            }
            assert!(local.has_ready());
        })
    });
    assert_eq!(said, "enough");
    let rows = ["task", "idle", "task", "idle", "task", "idle"];
    assert_eq!(trace.take(), rows);
    assert!(task.is_finished());
    try_to_drive(local);
}

#[test]
fn promise_10_different_executors_may_run_inside_each_other() {
    let [outer, inner] = [fresh::<4, 512>(), fresh::<4, 512>()];
    let output = block_on(outer.run_until(async {
        let task = outer.spawn(async move {
            yield_now().await;
            let task = inner.spawn(async move {
                try_to_drive(outer);
                yields(3).await;
                5
            });
            let output = block_on(inner.run_until(task.expect("room")));
            assert_drivable(inner);
            output + 1
        });
        task.expect("room").await
    }));
    assert_eq!(output, 6);
    assert_drivable(outer);
}
