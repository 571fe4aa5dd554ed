//! Awaiting a task: whom its end tells, and whom it does not tell any more.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_lite::future::poll_once;
use wakeful_executor::Task;
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{Gate, Trace, fresh};

#[test]
fn a_task_may_be_awaited_by_a_task_of_another_executor() {
    let (here, there) = (fresh::<2, 128>(), fresh::<2, 128>());
    let (trace, gate) = (Trace::new(), Gate::new());
    let inner = there.spawn(gate.pass(&trace, "inner")).expect("room");
    let outer_trace = trace.clone();
    let outer = here.spawn(async move {
        inner.await;
        outer_trace.note("outer");
    });
    let outer = outer.expect("room");
    assert_eq!((there.tick(9).polled, here.tick(9).polled), (1, 1));
    gate.open();
    assert_eq!(there.tick(9).completed, 1);
    // Without `std`, the other executor's task is woken one tick later.
    while there.tick(9).more {}
    assert_eq!(here.tick(9).completed, 1);
    assert_eq!(trace.take(), ["inner", "inner", "outer"]);
    assert!(outer.is_finished());
    assert_eq!((there.tick(9).polled, here.tick(9).polled), (0, 0));
}

#[test]
fn a_detached_task_lets_a_foreign_joiners_waker_go_and_tells_nobody() {
    let local = fresh::<1, 128>();
    let (trace, gate) = (Trace::new(), Gate::new());
    let mut task = local.spawn(gate.pass(&trace, "polled")).expect("room");
    local.tick(9);
    let events = Rc::new(RefCell::new(Vec::new()));
    let noting = events.clone();
    let waker = acting_waker(move |event| noting.borrow_mut().push(event));
    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert_eq!(polled, Poll::Pending);
    assert_eq!(events.take(), [WakerEvent::Cloned]);
    task.detach();
    // Without `std`, the executor's one register keeps the waker: see `others_bugs::joiners`.
    let dropped = cfg!(feature = "std").then_some(WakerEvent::Dropped);
    assert_eq!(events.take(), Vec::from_iter(dropped));
    gate.open();
    assert_eq!(local.tick(9).completed, 1);
    assert_eq!(events.take(), []);
}

#[test]
fn a_detached_task_does_not_tell_the_neighbour_that_waited_for_it() {
    let local = fresh::<2, 256>();
    let trace = Trace::new();
    let [first, second] = [Gate::new(), Gate::new()];
    let mut task = local.spawn(first.pass(&trace, "first")).expect("room");
    let passing = second.pass(&trace, "second");
    let neighbour = local.spawn(async move {
        assert!(poll_once(&mut task).await.is_none());
        task.detach();
        passing.await;
    });
    let neighbour = neighbour.expect("room");
    assert_eq!(local.tick(9).polled, 2);
    assert_eq!(trace.take(), ["first", "second"]);
    first.open();
    assert_eq!(local.tick(9).completed, 1);
    assert_eq!(local.tick(9).polled, 0);
    assert_eq!(trace.take(), ["first"]);
    drop(neighbour);
}

#[test]
fn neighbours_need_no_room_behind_the_futures_that_they_wait_for() {
    let local = fresh::<4, 64>();
    let gates = [Gate::new(), Gate::new()];
    let inner: [_; 2] = std::array::from_fn(|n| {
        let gate = gates[n].clone();
        // Until the slot is full.
        let mut rest = [1_u8; 64 - size_of::<Gate>()];
        local.spawn(poll_fn(move |cx| {
            rest[0] += 1;
            pin!(gate.pass(&Trace::new(), "inner")).poll(cx)
        }))
    });
    let polls = Rc::new(Cell::new(0));
    let outer = inner.map(|task| {
        let (polls, mut task) = (polls.clone(), task.expect("there is room"));
        let waiting = poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            Pin::new(&mut task).poll(cx)
        });
        local.spawn(waiting).expect("there is room")
    });
    for _ in 0..5 {
        local.tick(9);
    }
    assert_eq!(polls.get(), 2, "each was polled once, and waits");
    gates[0].open();
    gates[1].open();
    while local.tick(9).more {}
    assert!(outer.iter().all(Task::is_finished));
    assert_eq!(polls.get(), 4);
}
