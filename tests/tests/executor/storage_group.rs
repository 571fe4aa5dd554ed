//! Where futures may live besides a slot: in a storage of their own, on the stack as a group, in a
//! box, on an executor made at run time. Each test counts drops, or compares the whole trace.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_lite::future::block_on;
use wakeful_executor::{Executor, Group, Storage, Wakes, yield_now};
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{AtDrop, Bell, Gate, Trace, fresh, hold_for_ever, panic_text, poll};

#[test]
fn a_big_future_lives_in_its_storage_and_its_slot_holds_one_pointer() {
    static EXECUTOR: Executor<1, { size_of::<usize>() }> = Executor::new();
    static BIG: Storage<4096> = Storage::new();
    let local = EXECUTOR.take().expect("taken once");
    for round in 0..3_u8 {
        let big = BIG.place(async move {
            let frame = [round; 2048];
            yield_now().await;
            usize::from(frame[2047])
        });
        let big = big.expect("freed by the round before");
        assert_eq!(size_of_val(&big), size_of::<usize>());
        let task = local.spawn(big).expect("one slot");
        assert!(BIG.is_occupied());
        assert_eq!(block_on(local.run_until(task)), usize::from(round));
        assert!(!BIG.is_occupied());
    }
}

#[test]
fn an_occupied_storage_gives_the_future_back_untouched_and_a_cancel_frees_it() {
    static BIG: Storage<256> = Storage::new();
    let local = fresh::<1, 64>();
    let trace = Trace::new();
    let first = BIG.place(hold_for_ever(trace.bell("first"))).expect("empty");
    let bell = trace.bell("second");
    let second = BIG.place(async move { bell.hold() }).err().expect("occupied");
    let task = local.spawn(first).expect("one slot");
    local.tick(1);
    assert_eq!(trace.take(), [""; 0]);
    block_on(second.into_inner());
    assert_eq!(trace.take(), ["drop second"]);
    assert!(task.cancel().is_none());
    assert_eq!(trace.take(), ["drop first"]);
    assert!(!BIG.is_occupied());
    // A panic in its drop frees it too.
    let placed = BIG.place(hold_for_ever(AtDrop(|| panic!("in drop"))));
    assert_eq!(panic_text(|| drop(placed)), "in drop");
    assert!(!BIG.is_occupied());
}

#[test]
fn a_group_polls_only_the_child_that_was_woken() {
    static WAKES: Wakes<3> = Wakes::new();
    let trace = Trace::new();
    let gates = ["a", "b", "c"].map(|name| (Gate::new(), name));
    let mut children = gates.each_ref().map(|(gate, name)| Box::pin(gate.pass(&trace, name)));
    let mut group = pin!(Group::new(&WAKES).expect("not in use"));
    assert!(group.is_empty());
    for child in &mut children {
        assert!(group.add(child.as_mut()).is_ok());
    }
    assert_eq!((group.len(), group.is_empty()), (3, false));
    let [a, b, c] = gates.map(|(gate, _)| gate);

    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    assert_eq!(trace.take(), ["a", "b", "c"]); // each once, in the order in which they were added
    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    assert_eq!(trace.take(), [""; 0]); // nobody was woken, so nobody is polled
    let late = c.waker();
    c.open();
    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    assert_eq!((trace.take(), group.len()), (vec!["c".into()], 2));
    b.wake();
    a.wake();
    b.wake(); // counts as one with the first
    late.wake(); // is ready already: a late wake is nothing
    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    assert_eq!(trace.take(), ["b", "a"]); // in the order of the wakes
    a.open();
    b.open();
    assert!(poll(group.as_mut(), Waker::noop()).is_ready());
    assert_eq!(trace.take(), ["a", "b"]);
}

#[test]
fn a_group_tells_its_parent_once_from_any_thread() {
    static WAKES: Wakes<1> = Wakes::new();
    for round in 0..500 {
        let (send, receive) = std::sync::mpsc::channel::<Waker>();
        let thread = std::thread::spawn(move || {
            for waker in receive {
                waker.wake();
            }
        });
        let polls = Cell::new(0);
        let child = pin!(poll_fn(|cx| {
            polls.set(polls.get() + 1);
            if polls.get() == 2 {
                return Poll::Ready(());
            }
            send.send(cx.waker().clone()).expect("the thread listens");
            Poll::Pending
        }));
        let mut group = Group::new(&WAKES).expect("freed by the round before");
        assert!(group.add(child).is_ok());
        block_on(group);
        assert_eq!(polls.get(), 2, "round {round}");
        drop(send);
        thread.join().expect("no panic");
    }
}

#[test]
fn children_borrow_their_neighbours_and_a_dropped_group_leaves_them_as_they_are() {
    static WAKES: Wakes<2> = Wakes::new();
    let (say, hear) = (wakeful_executor::sync::Oneshot::new(), Cell::new(None));
    for is_driven in [false, true] {
        let speaker = pin!(async { assert!(say.set("hello").is_ok()) });
        let listener = pin!(async { hear.set(say.take().await) });
        let mut group = Group::new(&WAKES).expect("a dropped group gave them back");
        assert!(group.add(listener).is_ok());
        assert!(group.add(speaker).is_ok());
        assert!(Group::new(&WAKES).is_none(), "one group at a time");
        if is_driven {
            block_on(group);
        }
    }
    assert_eq!(hear.get(), Some("hello"));
}

#[test]
fn a_full_group_gives_the_child_back_and_a_panicking_child_leaves_the_others() {
    static WAKES: Wakes<2> = Wakes::new();
    let done = Cell::new(false);
    let bad = pin!(async { panic!("bad child") });
    let good = pin!(async {
        yield_now().await;
        done.set(true);
    });
    let more = pin!(async {});
    let mut group = pin!(Group::new(&WAKES).expect("not in use"));
    assert!(group.add(bad).is_ok());
    assert!(group.add(good).is_ok());
    let more = group.add(more).expect_err("two places");
    assert_eq!(panic_text(|| block_on(&mut group)), "bad child");
    assert_eq!(group.len(), 1);
    assert!(group.add(more).is_ok(), "the bad child's place is free");
    block_on(&mut group);
    assert!(done.get());
}

#[test]
fn an_added_child_takes_the_place_of_a_wake_that_a_former_child_has_left() {
    static WAKES: Wakes<2> = Wakes::new();
    let trace = Trace::new();
    let [gone, stays, comes] = [(); 3].map(|()| Gate::new());
    let leaves = pin!(async {
        gone.pass(&trace, "gone").await;
    });
    let (waits, added) = (pin!(stays.pass(&trace, "stays")), pin!(comes.pass(&trace, "comes")));
    let mut group = pin!(Group::new(&WAKES).expect("not in use"));
    assert!(group.add(leaves).is_ok());
    assert!(group.add(waits).is_ok());
    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    let stale = gone.waker();
    gone.open();
    assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    trace.take();
    stale.wake();
    stays.wake();
    assert!(group.add(added).is_ok());
    for _ in 0..2 {
        assert!(poll(group.as_mut(), Waker::noop()).is_pending());
    }
    assert_eq!(trace.take(), ["comes", "stays"]);
}

/// A group that has polled its one child, and the child's waker.
fn polled<const N: usize>(wakes: &'static Wakes<N>) -> (Group<'static, N>, Waker) {
    let gate = Gate::new();
    let child = Box::leak(Box::new(gate.pass(&Trace::new(), "")));
    let mut group = Group::new(wakes).expect("not in use");
    assert!(group.add(Pin::static_mut(child)).is_ok());
    assert!(poll(Pin::new(&mut group), Waker::noop()).is_pending());
    (group, gate.waker())
}

#[test]
fn a_group_that_is_forgotten_keeps_its_wakes_and_never_uses_its_children_again() {
    static WAKES: Wakes<1> = Wakes::new();
    let (group, stale) = polled(&WAKES);
    std::mem::forget(group);
    stale.wake();
    assert!(Group::new(&WAKES).is_none());
}

#[test]
fn wakes_move_to_another_threads_group_and_late_wakes_of_the_last_one_do_no_harm() {
    static WAKES: Wakes<2> = Wakes::new();
    for _ in 0..200 {
        let (group, stale) = polled(&WAKES);
        drop(group);
        let next = std::thread::spawn(|| {
            let yields = |n| async move {
                for _ in 0..n {
                    yield_now().await;
                }
            };
            let (few, many) = (pin!(yields(3)), pin!(yields(30)));
            let mut group = Group::new(&WAKES).expect("the other thread's is gone");
            assert!(group.add(few).is_ok());
            assert!(group.add(many).is_ok());
            block_on(group);
        });
        for _ in 0..30 {
            stale.wake_by_ref();
        }
        next.join().expect("no panic");
    }
}

#[test]
fn spawn_any_boxes_only_what_does_not_fit_and_gives_it_back_unboxed() {
    let local = fresh::<1, 32>();
    let trace = Trace::new();
    let big = |bell: Bell| async move {
        let frame = [7_u8; 1024];
        yield_now().await;
        drop(bell);
        usize::from(frame[1023])
    };
    let task = local.spawn_any(big(trace.bell("spawned"))).expect("one slot");
    let refused = local.spawn_any(big(trace.bell("refused"))).expect_err("full");
    assert_eq!(trace.take(), [""; 0]);
    assert_eq!(block_on(local.run_until(task)), 7);
    assert_eq!(trace.take(), ["drop spawned"]);
    let small = local.spawn_any(async { 3_usize }).expect("free again");
    assert_eq!(block_on(local.run_until(small)), 3);
    assert_eq!(block_on(refused.into_inner()), 7);
    assert_eq!(trace.take(), ["drop refused"]);
}

#[test]
fn a_placed_future_may_be_pinned_anywhere_and_moved() {
    static BIG: Storage<256> = Storage::new();
    let address = Rc::new(Cell::new(0_usize));
    let seen = address.clone();
    let mut placed = BIG
        .place(async move {
            let local = 0_u8;
            for _ in 0..2 {
                seen.set(core::ptr::from_ref(&local).addr());
                yield_now().await;
            }
            local
        })
        .expect("empty");
    assert!(poll(Pin::new(&mut placed), Waker::noop()).is_pending());
    let first = address.get();
    let mut moved = Box::new(placed);
    assert!(poll(Pin::new(&mut *moved), Waker::noop()).is_pending());
    assert_eq!(address.get(), first, "the future stays where it was placed");
}

#[test]
fn wakes_are_free_again_also_when_the_drop_of_their_parents_waker_panics() {
    static WAKES: Wakes<1> = Wakes::new();
    let mut child = pin!(pending::<()>());
    let parent = acting_waker(|event| assert_ne!(event, WakerEvent::Dropped, "on purpose"));
    let parent = std::mem::ManuallyDrop::new(parent);
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(child.as_mut()).is_ok());
    assert!(poll(Pin::new(&mut group), &parent).is_pending());
    assert!(panic_text(|| drop(group)).contains("on purpose"));
    assert!(Group::new(&WAKES).is_some());
}
