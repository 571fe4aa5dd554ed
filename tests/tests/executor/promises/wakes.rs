//! Promises 2, 3 and 4: no wake is lost, a waker may do anything at any time, and nothing runs in it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use futures_lite::future::block_on;
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{Gate, Trace, Wakes, fresh, poll};

use super::at_gates;

#[test]
fn promise_2_wakes_of_a_queued_task_count_as_one() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let [a] = at_gates(local, &trace, ["a"]);
    for _ in 0..3 {
        a.0.wake();
        a.0.wake_from_a_thread();
    }
    assert_eq!(local.tick(99).polled, 1);
    assert_eq!(local.tick(99).polled, 0);
    assert_eq!(trace.take(), ["a"]);
}

#[test]
fn promise_2_no_wake_from_a_thread_is_lost_while_the_run_goes_to_sleep() {
    let local = fresh::<2, 256>();
    let (ask, asked) = mpsc::channel::<Waker>();
    let answers = Arc::new(AtomicUsize::new(0));
    let answer = answers.clone();
    let thread = std::thread::spawn(move || {
        for waker in asked {
            answer.fetch_add(1, Ordering::Relaxed);
            waker.wake();
        }
    });
    const ROUNDS: usize = if cfg!(miri) { 30 } else { 3_000 };
    let seen = answers.clone();
    let task = local.spawn(async move {
        for round in 0..ROUNDS {
            let mut has_asked = false;
            poll_fn(|cx| {
                if !has_asked {
                    has_asked = true;
                    ask.send(cx.waker().clone()).expect("the thread listens");
                }
                // Without the wake's edge, the count could be seen too late, and then never.
                if seen.load(Ordering::Relaxed) > round { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    });
    block_on(local.run_until(task.expect("there is room")));
    thread.join().expect("no panic");
    assert_eq!(answers.load(Ordering::Relaxed), ROUNDS);
}

#[test]
fn promise_2_a_parked_run_is_told_once_by_a_wake_from_anywhere() {
    let local = fresh::<3, 64>();
    let trace = Trace::new();
    let [a, b] = at_gates(local, &trace, ["a", "b"]);
    let wakes = Wakes::new();
    let waker = wakes.clone().into();
    let mut cx = Context::from_waker(&waker);
    let mut run = pin!(local.run());
    for (first, second) in [(&a.0, &b.0), (&b.0, &a.0)] {
        assert!(run.as_mut().poll(&mut cx).is_pending());
        assert_eq!(wakes.take(), 0);
        first.wake_from_a_thread();
        second.wake();
        assert_eq!(wakes.take(), 1);
        assert!(run.as_mut().poll(&mut cx).is_pending());
        second.wake(); // a local wake between two polls, as a reactor does it
        first.wake_from_a_thread();
        assert_eq!(wakes.take(), 1);
    }
}

#[test]
fn promise_3_a_waker_may_outlive_task_tenant_and_run() {
    let local = fresh::<1, 64>();
    let trace = Trace::new();
    let [a] = at_gates(local, &trace, ["a"]);
    let waker = a.0.waker();
    drop(a);
    waker.wake_by_ref(); // the task is gone
    let [b] = at_gates(local, &trace, ["b"]);
    waker.wake_by_ref(); // its slot has a next tenant
    assert_eq!(local.tick(99).polled, 1);
    assert_eq!(trace.take(), ["b"]);
    drop(b);
    {
        let mut run = pin!(local.run());
        let _ = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    std::thread::spawn(move || waker.wake()) // the run is gone
        .join()
        .expect("waking does not panic");
    assert_eq!(local.tick(99).polled, 0);
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_3_a_waker_on_a_thread_may_wake_while_its_slot_changes_tenants() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let [a] = at_gates(local, &trace, ["a"]);
    let waker = a.0.waker();
    drop(a);
    let thread = std::thread::spawn(move || {
        for _ in 0..10 {
            waker.wake_by_ref();
            std::thread::yield_now();
        }
    });
    // Under Miri this finds whatever a wake reads while the owner writes it.
    for _ in 0..20 {
        drop(local.spawn(async {}).expect("there is room"));
        let task = local.spawn(async { 7 }).expect("there is room");
        assert_eq!(block_on(local.run_until(task)), 7);
        std::thread::yield_now();
    }
    thread.join().expect("waking does not panic");
    while local.tick(99).more {}
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_4_nothing_is_polled_inside_wake() {
    let local = fresh::<3, 128>();
    let trace = Trace::new();
    let [a] = at_gates(local, &trace, ["a"]);
    let note = trace.clone();
    let task = local.spawn(async move {
        note.note("before");
        assert!(!local.has_ready(), "who is being polled is not queued");
        a.0.wake();
        assert!(local.has_ready());
        note.note("after");
    });
    block_on(local.run_until(task.expect("there is room")));
    local.tick(99);
    assert_eq!(trace.take(), ["before", "after", "a"]);
}

#[test]
fn promise_4_polls_drops_and_wakers_may_call_the_executor() {
    let local = fresh::<6, 128>();
    let trace = Trace::new();
    let note = trace.clone();
    let waker = acting_waker(move |event| {
        note.note(format!("{event:?}"));
        let task = local.spawn(async {}).expect("there is room");
        assert!(!local.is_empty() && local.has_ready());
        assert!(task.cancel().is_none());
    });
    let gate = Gate::new();
    let mut task = Box::pin(local.spawn(gate.pass(&Trace::new(), "")).expect("room"));
    assert!(poll(task.as_mut(), &waker).is_pending());
    let mut run = Box::pin(local.run());
    assert!(poll(run.as_mut(), &waker).is_pending());
    gate.open();
    assert!(poll(run.as_mut(), &waker).is_pending());
    drop(run);
    assert!(task.is_finished());
    drop(task);
    drop(waker);
    let trace = trace.take();
    let clones = trace.iter().filter(|why| *why == "Cloned").count();
    let gone = trace.iter().filter(|why| *why != "Cloned").count();
    assert!(clones >= 2, "the joiner's and the parent's");
    assert!(gone > clones, "each clone is woken or dropped");
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_4_a_wake_while_the_parents_waker_is_cloned_or_dropped_is_seen_before_the_run_sleeps() {
    let local = fresh::<3, 64>();
    let trace = Trace::new();
    let [a, b] = at_gates(local, &trace, ["a", "b"]);
    let [at_clone, at_drop] = [a.0.clone(), b.0.clone()];
    let parent = acting_waker(move |event| match event {
        WakerEvent::Cloned => at_clone.wake(),
        WakerEvent::Dropped => at_drop.wake(),
        WakerEvent::Woken => {}
    });
    let mut run = pin!(local.run());
    assert!(poll(run.as_mut(), &parent).is_pending());
    assert_eq!(trace.take(), ["a"]);
    // Another parent: the first one's waker is dropped.
    assert!(poll(run.as_mut(), Waker::noop()).is_pending());
    assert_eq!(trace.take(), ["b"]);
    // `parent` itself is dropped at the end of this test, when nobody runs any more.
}
