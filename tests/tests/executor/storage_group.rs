//! Where futures may live besides a slot: in a storage of their own, on the stack as a group, in a
//! box, on an executor made at run time. Each test counts drops, or compares the whole trace.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_lite::future::block_on;
use wakeful_executor::{Executor, Group, Storage, Wakes, yield_now};
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{hold_for_ever, panic_text};

/// Counts its drops.
#[derive(Clone, Default)]
struct Drops(Rc<Cell<usize>>);

impl Drop for Drops {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Drops {
    /// A token whose drop is counted, apart from this counter.
    fn token(&self) -> Self {
        Self(self.0.clone())
    }

    fn count(&self) -> usize {
        self.0.get()
    }
}

#[test]
fn a_big_future_lives_in_its_storage_and_its_slot_holds_one_pointer() {
    static EXECUTOR: Executor<1, { size_of::<usize>() }> = Executor::new();
    static BIG: Storage<4096> = Storage::new();
    let local = EXECUTOR.take().expect("taken once");
    for round in 0..3_u8 {
        let big = BIG
            .place(async move {
                let frame = [round; 2048];
                yield_now().await;
                usize::from(frame[2047])
            })
            .expect("freed by the round before");
        assert_eq!(size_of_val(&big), size_of::<usize>());
        let task = local.spawn(big).expect("one slot");
        assert!(BIG.is_occupied());
        assert_eq!(block_on(local.run_until(task)), usize::from(round));
        assert!(!BIG.is_occupied());
    }
}

#[test]
fn an_occupied_storage_gives_the_future_back_untouched() {
    static BIG: Storage<256> = Storage::new();
    let drops = Drops::default();
    let first = BIG.place(pending::<()>()).expect("empty");
    let token = drops.token();
    let second = BIG.place(async move { token.count() }).expect_err("occupied");
    assert_eq!(drops.count(), 0);
    assert_eq!(block_on(second.into_inner()), 0);
    drop(first);
    assert!(!BIG.is_occupied());
}

#[test]
fn cancelling_the_task_drops_the_placed_future_once_and_frees_its_storage() {
    static EXECUTOR: Executor<1, 64> = Executor::new();
    static BIG: Storage<256> = Storage::new();
    let local = EXECUTOR.take().expect("taken once");
    let drops = Drops::default();
    let token = drops.token();
    let placed = BIG.place(hold_for_ever(token));
    let task = local.spawn(placed.expect("empty")).expect("one slot");
    local.tick(1);
    assert_eq!(drops.count(), 0);
    assert!(task.cancel().is_none());
    assert_eq!(drops.count(), 1);
    assert!(!BIG.is_occupied());
}

#[test]
fn a_panic_in_a_placed_futures_drop_still_frees_the_storage() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    static BIG: Storage<64> = Storage::new();
    let bomb = Bomb;
    let placed = BIG.place(hold_for_ever(bomb));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(placed)));
    assert!(caught.is_err());
    assert!(!BIG.is_occupied());
}

#[test]
fn a_group_polls_only_the_child_that_was_woken() {
    static WAKES: Wakes<3> = Wakes::new();
    let log = RefCell::new(Vec::new());
    let wakers = RefCell::new(vec![None::<Waker>; 3]);
    let child = |index: usize, polls: usize| {
        let (log, wakers) = (&log, &wakers);
        let mut left = polls;
        poll_fn(move |cx| {
            log.borrow_mut().push(index);
            wakers.borrow_mut()[index] = Some(cx.waker().clone());
            left -= 1;
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let (a, b, c) = (pin!(child(0, 3)), pin!(child(1, 2)), pin!(child(2, 1)));
    let mut group = pin!(Group::new(&WAKES).expect("not in use"));
    assert!(group.is_empty());
    assert!(group.add(a).is_ok());
    assert!(group.add(b).is_ok());
    assert!(group.add(c).is_ok());
    assert_eq!((group.len(), group.is_empty()), (3, false));
    let wake = |index: usize| wakers.borrow()[index].clone().expect("polled").wake();
    let mut cx = Context::from_waker(Waker::noop());

    assert!(group.as_mut().poll(&mut cx).is_pending());
    assert_eq!(*log.borrow(), [0, 1, 2]); // each once, in the order in which they were added
    assert_eq!(group.len(), 2);
    assert!(group.as_mut().poll(&mut cx).is_pending());
    assert_eq!(*log.borrow(), [0, 1, 2]); // nobody was woken, so nobody is polled
    wake(1);
    wake(0);
    wake(1); // counts as one with the first
    assert!(group.as_mut().poll(&mut cx).is_pending());
    assert_eq!(*log.borrow(), [0, 1, 2, 1, 0]); // in the order of the wakes
    wake(2); // is ready already: a late wake is nothing
    wake(0);
    assert!(group.as_mut().poll(&mut cx).is_ready());
    assert_eq!(*log.borrow(), [0, 1, 2, 1, 0, 0]);
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
    let words = RefCell::new(Vec::new());
    let (say, hear) = (wakeful_executor::sync::Oneshot::new(), RefCell::new(None));
    {
        let speaker = pin!(async {
            words.borrow_mut().push("asked");
            assert!(say.set("hello").is_ok());
        });
        let listener = pin!(async { *hear.borrow_mut() = say.take().await });
        let mut group = Group::new(&WAKES).expect("not in use");
        assert!(group.add(listener).is_ok());
        assert!(group.add(speaker).is_ok());
        assert!(Group::new(&WAKES).is_none(), "one group at a time");
        drop(group);
    }
    assert!(words.borrow().is_empty());
    let speaker = pin!(async {
        words.borrow_mut().push("asked");
        assert!(say.set("hello").is_ok());
    });
    let listener = pin!(async { *hear.borrow_mut() = say.take().await });
    let mut group = Group::new(&WAKES).expect("the dropped group gave them back");
    assert!(group.add(listener).is_ok());
    assert!(group.add(speaker).is_ok());
    block_on(group);
    assert_eq!((words.borrow().len(), *hear.borrow()), (1, Some("hello")));
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
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(&mut group)));
    assert!(caught.is_err());
    assert_eq!(group.len(), 1);
    assert!(group.add(more).is_ok(), "the bad child's place is free");
    block_on(&mut group);
    assert!(done.get());
}

#[test]
fn an_added_child_takes_the_place_of_a_wake_that_a_former_child_has_left() {
    static WAKES: Wakes<2> = Wakes::new();
    let trace = RefCell::new(Vec::new());
    let stale = Cell::new(None);
    let gone = pin!(poll_fn(|cx| {
        stale.set(Some(cx.waker().clone()));
        Poll::Ready(())
    }));
    let waiting = Cell::new(None);
    let stays = pin!(poll_fn(|cx| {
        trace.borrow_mut().push("stays");
        waiting.set(Some(cx.waker().clone()));
        Poll::Pending
    }));
    let comes = pin!(poll_fn(|_| {
        trace.borrow_mut().push("comes");
        Poll::Pending
    }));
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(gone).is_ok());
    assert!(group.add(stays).is_ok());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut group).poll(&mut cx).is_pending());
    for waker in [stale.take(), waiting.take()] {
        waker.expect("it was polled").wake();
    }
    assert!(group.add(comes).is_ok());
    assert!(Pin::new(&mut group).poll(&mut cx).is_pending());
    assert!(Pin::new(&mut group).poll(&mut cx).is_pending());
    assert_eq!(*trace.borrow(), ["stays", "comes", "stays"]);
}

#[test]
fn a_group_that_is_forgotten_keeps_its_wakes_and_never_uses_its_children_again() {
    static WAKES: Wakes<1> = Wakes::new();
    let stale = Cell::new(None);
    {
        let child = pin!(poll_fn(|cx| {
            stale.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        }));
        let mut group = Group::new(&WAKES).expect("not in use");
        assert!(group.add(child).is_ok());
        assert!(Pin::new(&mut group).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::mem::forget(group);
    }
    stale.take().expect("it was polled").wake();
    assert!(Group::new(&WAKES).is_none());
}

#[test]
fn wakes_move_to_another_threads_group_and_late_wakes_of_the_last_one_do_no_harm() {
    static WAKES: Wakes<2> = Wakes::new();
    for _ in 0..200 {
        let stale = Cell::new(None);
        let child = pin!(poll_fn(|cx| {
            stale.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        }));
        let mut group = Group::new(&WAKES).expect("freed by the round before");
        assert!(group.add(child).is_ok());
        assert!(Pin::new(&mut group).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(group);
        let stale = stale.take().expect("it was polled");
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
    static EXECUTOR: Executor<1, 32> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let drops = Drops::default();
    let big = |token: Drops| async move {
        let frame = [7_u8; 1024];
        yield_now().await;
        drop(token);
        usize::from(frame[1023])
    };
    let task = local.spawn_any(big(drops.token())).expect("one slot");
    let refused = local.spawn_any(big(drops.token())).expect_err("full");
    assert_eq!(drops.count(), 0);
    assert_eq!(block_on(local.run_until(task)), 7);
    assert_eq!(drops.count(), 1);
    let small = local.spawn_any(async { 3_usize }).expect("free again");
    assert_eq!(block_on(local.run_until(small)), 3);
    assert_eq!(block_on(refused.into_inner()), 7);
    assert_eq!(drops.count(), 2);
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
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut placed).poll(&mut cx).is_pending());
    let first = address.get();
    let mut moved = Box::new(placed);
    assert!(Pin::new(&mut *moved).poll(&mut cx).is_pending());
    assert_eq!(address.get(), first, "the future stays where it was placed");
}

#[test]
fn wakes_are_free_again_also_when_the_drop_of_their_parents_waker_panics() {
    static WAKES: Wakes<1> = Wakes::new();
    let mut child = pin!(pending::<()>());
    let parent = acting_waker(|event| {
        assert_ne!(event, WakerEvent::Dropped, "on purpose");
    });
    let parent = std::mem::ManuallyDrop::new(parent);
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(child.as_mut()).is_ok());
    assert!(Pin::new(&mut group).poll(&mut Context::from_waker(&parent)).is_pending());
    assert!(panic_text(|| drop(group)).contains("on purpose"));
    assert!(Group::new(&WAKES).is_some());
}
