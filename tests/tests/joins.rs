//! Awaiting a task: whom its end tells, and whom it does not tell any more.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_lite::future::poll_once;
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
    assert_eq!(events.take(), [WakerEvent::Dropped]);
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
