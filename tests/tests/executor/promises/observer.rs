//! What an observer is told: the same events as the promises, in the same order.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};

use futures_lite::future::{block_on, yield_now};
use wakeful_executor::{LocalExecutor, Observe, TaskId};
use wakeful_tests::trace::{AtDrop, Trace, fresh, hold_for_ever, panic_text};

/// Notes every event.
#[derive(Default)]
struct Events(Mutex<Vec<String>>);

impl Events {
    fn note(&self, what: &str, task: TaskId) {
        let row = format!("{what} {}@{}", task.serial, task.slot);
        self.0.lock().expect("no panic inside").push(row);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic inside"))
    }
}

impl Observe for Events {
    fn spawned(&self, task: TaskId) {
        self.note("spawned", task);
    }
    fn woken(&self, task: TaskId) {
        self.note("woken", task);
    }
    fn poll_begin(&self, task: TaskId) {
        self.note("begin", task);
    }
    fn poll_end(&self, task: TaskId) {
        self.note("end", task);
    }
    fn completed(&self, task: TaskId) {
        self.note("completed", task);
    }
    fn idle(&self) {
        self.0.lock().expect("no panic inside").push("idle".into());
    }
}

/// An executor whose events are noted.
fn observed() -> (LocalExecutor<128>, &'static Events) {
    let local = fresh::<2, 128>();
    let events: &'static Events = Box::leak(Box::default());
    assert!(local.observe(events));
    (local, events)
}

#[test]
fn an_observer_is_told_everything_in_order() {
    let (local, events) = observed();
    assert!(!local.observe(events), "one observer for each executor");
    let task = local.spawn(async { yield_now().await }).expect("room");
    let other = local.spawn(pending::<()>()).expect("room");
    assert_eq!(events.take(), ["spawned 1@1", "woken 1@1", "spawned 2@2", "woken 2@2"]);
    block_on(local.run_until(task));
    let rows = [
        "begin 1@1",
        "woken 1@1", // by itself, inside its poll
        "end 1@1",
        "begin 2@2",
        "end 2@2",
        "begin 1@1",
        "end 1@1",
        "completed 1@1",
        "woken 0@0", // main, which joins it
    ];
    assert_eq!(events.take(), rows);
    drop(other);
    assert_eq!(events.take(), ["completed 2@2"]);
    local.spawn(async {}).expect("room").detach();
    let run = catch_unwind(AssertUnwindSafe(|| {
        let mut run = pin!(local.run());
        let _ = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }));
    assert!(run.is_ok());
    // The slot that was left last; without `std`, the first that is vacant.
    let slot = if cfg!(feature = "std") { 2 } else { 1 };
    let rows = ["spawned", "woken", "begin", "end", "completed"];
    let mut rows: Vec<_> = rows.map(|what| format!("{what} 3@{slot}")).into();
    rows.push("idle".into());
    assert_eq!(events.take(), rows);
    panic_text(|| local.run_with_idle(|| panic!("at once")));
    assert_eq!(events.take(), ["idle"]);
}

#[test]
fn an_observer_is_told_of_the_end_of_a_task_that_panics() {
    let (local, events) = observed();
    local.spawn(async { panic!("poll") }).expect("room").detach();
    assert_eq!(panic_text(|| local.tick(9)), "poll");
    let rows = ["spawned 1@1", "woken 1@1", "begin 1@1", "end 1@1", "completed 1@1"];
    assert_eq!(events.take(), rows);
    let task = local.spawn(hold_for_ever(AtDrop(|| panic!("drop"))));
    assert_eq!(panic_text(|| task.expect("room").cancel()), "drop");
    let rows = ["spawned 2@1", "woken 2@1", "completed 2@1"];
    assert_eq!(events.take(), rows);
}

/// Panics, which it must not.
struct Panics;

impl Observe for Panics {
    fn completed(&self, _: TaskId) {
        panic!("observed");
    }
}

#[test]
fn a_future_is_dropped_once_also_when_an_observer_panics() {
    let local = fresh::<2, 128>();
    assert!(local.observe(&Panics));
    let trace = Trace::new();
    let [one, two] = ["kept", "detached"].map(|name| trace.bell(name));
    let kept = local.spawn(async move { one.hold() }).expect("there is room");
    let detached = local.spawn_detached(async move { two.hold() });
    detached.expect("there is room");
    assert_eq!(panic_text(|| local.tick(1)), "observed");
    assert_eq!(panic_text(|| local.tick(1)), "observed");
    assert_eq!(trace.take(), ["drop kept", "drop detached"]);
    assert!(kept.is_finished());
    local.clear();
    drop(kept);
    assert_eq!(trace.take(), [""; 0]);
}

#[test]
fn a_cleared_task_has_no_output_also_when_an_observer_panics() {
    let local = fresh::<1, 128>();
    assert!(local.observe(&Panics));
    let task = local.spawn(pending::<usize>()).expect("there is room");
    assert_eq!(panic_text(|| local.clear()), "observed");
    assert_eq!(task.cancel(), None);
    assert!(local.is_empty());
}
