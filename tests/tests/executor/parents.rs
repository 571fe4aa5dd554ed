//! What a run and a group do with the waker of whoever polls them: keep it while it is the same,
//! tell it once, and leave it alone while it is being told.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wakeful_executor::{Child, Group, Wakes};
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{Gate, Trace, fresh};

type Events = Rc<RefCell<Vec<WakerEvent>>>;

/// A waker, and what happens to it.
fn noted() -> (Waker, Events) {
    let events = Events::default();
    let noting = events.clone();
    let waker = acting_waker(move |event| noting.borrow_mut().push(event));
    (waker, events)
}

fn poll_pending(future: Pin<&mut impl Future>, waker: &Waker) {
    let polled = future.poll(&mut Context::from_waker(waker));
    assert!(polled.is_pending());
}

/// A child that says `name` when it is polled, and leaves its waker in `waker`.
fn child<'a>(
    trace: &'a Trace,
    name: &'a str,
    waker: &'a RefCell<Option<Waker>>,
) -> impl Future<Output = ()> + 'a {
    poll_fn(move |cx| {
        trace.note(name);
        *waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    })
}

#[test]
fn a_run_clones_its_parents_waker_once_and_drops_it_in_the_end() {
    let (parent, events) = noted();
    let (local, trace, gate) = (fresh::<1, 64>(), Trace::new(), Gate::new());
    let task = local.spawn(gate.pass(&trace, "polled")).expect("room");
    {
        let mut run = pin!(local.run());
        poll_pending(run.as_mut(), &parent);
        assert_eq!(events.take(), [WakerEvent::Cloned]);
        for _ in 0..3 {
            gate.wake();
            gate.wake();
            assert_eq!(events.take(), [WakerEvent::Woken]);
            trace.take();
            poll_pending(run.as_mut(), &parent);
            assert_eq!(trace.take(), ["polled"]);
            assert_eq!(events.take(), []);
        }
        let (other, others_events) = noted();
        poll_pending(run.as_mut(), &other);
        assert_eq!(events.take(), [WakerEvent::Dropped]);
        assert_eq!(others_events.take(), [WakerEvent::Cloned]);
        poll_pending(run.as_mut(), &parent);
        assert_eq!(events.take(), [WakerEvent::Cloned]);
    }
    assert_eq!(events.take(), [WakerEvent::Dropped]);
    drop(task);
}

#[test]
fn a_group_clones_its_parents_waker_once_and_drops_it_in_the_end() {
    static WAKES: Wakes<1> = Wakes::new();
    let (parent, events) = noted();
    let (trace, waker) = (Trace::new(), RefCell::default());
    let only = pin!(child(&trace, "polled", &waker));
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(only).is_ok());
    let mut group = Box::pin(group);
    poll_pending(group.as_mut(), &parent);
    assert_eq!(events.take(), [WakerEvent::Cloned]);
    for _ in 0..3 {
        let waker = waker.take().expect("it was polled");
        waker.wake_by_ref();
        waker.wake();
        assert_eq!(events.take(), [WakerEvent::Woken]);
        trace.take();
        poll_pending(group.as_mut(), &parent);
        assert_eq!(trace.take(), ["polled"]);
        assert_eq!(events.take(), []);
    }
    drop(group);
    assert_eq!(events.take(), [WakerEvent::Dropped]);
}

#[test]
fn a_run_polled_inside_its_parents_wake_leaves_the_waker_that_is_being_woken_alone() {
    let (local, trace, gate) = (fresh::<1, 64>(), Trace::new(), Gate::new());
    let task = local.spawn(gate.pass(&trace, "polled")).expect("room");
    let (next, next_events) = noted();
    let events = Events::default();
    let parent = acting_waker({
        let events = events.clone();
        let next = ManuallyDrop::new(next.clone());
        move |event| {
            events.borrow_mut().push(event);
            if event == WakerEvent::Woken {
                assert!(local.poll_run(&mut Context::from_waker(&next)).is_pending());
                events.borrow_mut().push(WakerEvent::Woken); // And its wake is over.
            }
        }
    });
    assert!(
        local
            .poll_run(&mut Context::from_waker(&parent))
            .is_pending()
    );
    trace.take();
    next_events.take();
    gate.wake();
    assert_eq!(trace.take(), ["polled"]);
    let [cloned, woken] = [WakerEvent::Cloned, WakerEvent::Woken];
    assert_eq!(*events.borrow(), [cloned, woken, woken]);
    // Kept it was not, so it was woken; and at its next poll it is.
    assert_eq!(next_events.take()[..2], [cloned, woken]);
    assert!(local.poll_run(&mut Context::from_waker(&next)).is_pending());
    assert_eq!(events.borrow().last(), Some(&WakerEvent::Dropped));
    next_events.take();
    gate.wake();
    assert_eq!(next_events.take(), [woken]);
    drop(task);
}

#[test]
fn a_group_polled_inside_its_parents_wake_leaves_the_waker_that_is_being_woken_alone() {
    static WAKES: Wakes<1> = Wakes::new();
    let (trace, waker) = (Trace::new(), Rc::new(RefCell::new(None::<Waker>)));
    let only: Child<'static> = Pin::static_mut(Box::leak(Box::new({
        let (trace, waker) = (trace.clone(), waker.clone());
        poll_fn(move |cx| {
            trace.note("polled");
            *waker.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
    })));
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(only).is_ok());
    let group = Rc::new(RefCell::new(Some(Box::pin(group))));
    let poll = |waker: &Waker| {
        poll_pending(
            group.borrow_mut().as_mut().expect("it is there").as_mut(),
            waker,
        )
    };
    let (next, next_events) = noted();
    let events = Events::default();
    let parent = acting_waker({
        let (events, group) = (events.clone(), group.clone());
        let next = ManuallyDrop::new(next.clone());
        move |event| {
            events.borrow_mut().push(event);
            if event == WakerEvent::Woken {
                let mut group = group.borrow_mut();
                poll_pending(group.as_mut().expect("it is there").as_mut(), &next);
                events.borrow_mut().push(WakerEvent::Woken); // And its wake is over.
            }
        }
    });
    poll(&parent);
    trace.take();
    next_events.take();
    let wake = || waker.take().expect("it was polled").wake();
    wake();
    assert_eq!(trace.take(), ["polled"]);
    let [cloned, woken] = [WakerEvent::Cloned, WakerEvent::Woken];
    assert_eq!(*events.borrow(), [cloned, woken, woken]);
    // Kept it was not, so it was woken; and at its next poll it is.
    assert_eq!(next_events.take()[..2], [cloned, woken]);
    poll(&next);
    assert_eq!(events.borrow().last(), Some(&WakerEvent::Dropped));
    next_events.take();
    wake();
    assert_eq!(next_events.take(), [woken]);
    group.take();
}

#[test]
fn main_woken_while_the_parents_waker_is_cloned_is_polled_before_the_run_sleeps() {
    for turns in [0, 1] {
        let (local, trace) = (fresh::<1, 64>(), Trace::new());
        let [gate, main] = [Gate::new(), Gate::new()];
        let task = local.spawn(gate.pass(&trace, "task")).expect("room");
        local.tick(1);
        let is_first = Cell::new(true);
        let parent = acting_waker({
            let main = main.clone();
            move |event| {
                if event == WakerEvent::Cloned && is_first.take() {
                    // With a turn of one, main is what is left of a batch.
                    [&gate, &main][1 - turns..]
                        .iter()
                        .for_each(|gate| gate.wake());
                    assert_eq!(local.tick(turns).polled, turns);
                }
            }
        });
        trace.take();
        let mut run = pin!(local.run_until(main.pass(&trace, "main")));
        poll_pending(run.as_mut(), &parent);
        assert_eq!(
            trace.take(),
            [&["main"][..], &["task"; 1][..turns], &["main"]].concat()
        );
        drop(task);
    }
}
