//! The models: each a few lines of the executor's real API, in all interleavings that loom finds.
//!
//! Data that goes from a waker to a poll lies in a cell of loom's, which fails the model unless the
//! wake orders the two. The executor's own cells are checked the same way.
//!
//! Each weakening below was tried, with both queues, and makes the models fail that are named by their
//! first words.
//!
//! | weakened | caught by |
//! |---|---|
//! | `Release` of `push`; `Acquire` of `take` | a parent's waker; an owner; wakes of two |
//! | `Release` of `mark`; no write where it is marked already | what precedes |
//! | `Acquire` of `mark` | a slot that is pushed again |
//! | `Acquire` of `unmark`; a store instead of a read-modify-write | what precedes |
//! | `Release` of `unmark`; unmarked before `next` is read | a slot that is pushed again |
//! | `Acquire` of `push`; `Release` of `park` | a parent's waker; a wake while |
//! | a park that does not look | a parent's waker; a wake while; an owner |
//! | a push that does not say that it ended a park | the same; a wake here |
//! | `Acquire` or `Release` of `finished`; replaced without asking | a parent's waker |
//! | `notify` written by each sleep | an owner |
//! | a batch that is not reversed; a local push before the inbox | wakes of two |
//! | a local push that does not unpark, or takes parked for quiet | a parent's waker |
//! | a group that leaves as the owner, or whose claim or its end orders nothing | wakes of a group |
//! | a take that does not look first (with the local list) | a parent's waker; a wake here |

use real_std::cell::{Cell, RefCell};
use real_std::future::{Future, poll_fn};
use real_std::pin::{Pin, pin};
use real_std::prelude::rust_2024::*;
use real_std::rc::Rc;
use real_std::sync::Arc;
use real_std::sync::atomic::{AtomicUsize, Ordering};
use real_std::task::{Context, Poll, Wake, Waker};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicBool;
use loom::thread;

use wakeful_tests::trace::{Wakes, poll};

use crate::group::{self, Group};
use crate::{Executor, LocalExecutor, Task};

/// Two preemptions find every mutation that was tried; without a bound the models take hours.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

/// An executor that has parked once, so that the checker knows its cells.
fn settled<const TASKS: usize>() -> LocalExecutor<256> {
    let executor: &'static Executor<TASKS, 256> = Box::leak(Box::new(Executor::new()));
    let local = executor.take().expect("it is new");
    assert!(poll(pin!(local.run()), Waker::noop()).is_pending());
    local
}

/// What a waker leaves for the poll that its wake brings about.
#[derive(Clone)]
struct Parcel(Rc<(UnsafeCell<u32>, AtomicBool)>);

impl Parcel {
    fn new() -> Self {
        Self(Rc::new((UnsafeCell::new(0), AtomicBool::new(false))))
    }
    fn put(&self) {
        // SAFETY: loom checks that nobody else looks meanwhile.
        self.0.0.with_mut(|cell| unsafe { *cell += 1 });
        // The flag alone orders nothing: relaxed, on both sides.
        self.0.1.store(true, loom::sync::atomic::Ordering::Relaxed);
    }
    fn is_there(&self) -> bool {
        self.0.1.load(loom::sync::atomic::Ordering::Relaxed)
    }
    fn open(&self) -> u32 {
        // SAFETY: loom checks that nobody writes meanwhile.
        self.0.0.with(|cell| unsafe { *cell })
    }
}

/// Spawns a task that is polled by `work`, polls it once, and gives its waker.
fn spawn_polled<T: 'static>(
    local: LocalExecutor<256>,
    mut work: impl FnMut() -> Poll<T> + 'static,
) -> (Task<T>, Waker) {
    let slot = Rc::<Cell<Option<Waker>>>::default();
    let waker = slot.clone();
    let task = local.spawn(poll_fn(move |cx| {
        waker.set(Some(cx.waker().clone()));
        work()
    }));
    assert_eq!(local.tick(9).polled, 1);
    (task.expect("there is room"), slot.take().expect("the task has been polled"))
}

/// A task that waits for `parcel`.
fn spawn_waiting(local: LocalExecutor<256>, parcel: &Parcel) -> (Task<u32>, Waker) {
    let parcel = parcel.clone();
    let open = move || if parcel.is_there() { Poll::Ready(parcel.open()) } else { Poll::Pending };
    spawn_polled(local, open)
}

/// An executor with tasks that never end and tell when they are polled, each polled once.
fn counting<const TASKS: usize>() -> (LocalExecutor<256>, Polls, [(Task<()>, Waker); TASKS]) {
    let (local, polls) = (settled::<TASKS>(), Polls::default());
    let tasks = real_std::array::from_fn(|n| {
        let polls = polls.clone();
        spawn_polled(local, move || {
            polls.borrow_mut().push(n);
            Poll::Pending
        })
    });
    polls.take();
    (local, polls, tasks)
}

type Polls = Rc<RefCell<Vec<usize>>>;

/// The second wake of a queued slot releases what its thread wrote.
#[test]
fn what_precedes_a_second_wake_is_seen_by_the_poll_that_it_joins() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let looks = parcel.clone();
        let (task, first) = spawn_waiting(local, &looks);
        let (second, sent) = (first.clone(), parcel.clone());
        // Queued already, by a thread that has nothing to tell.
        thread::spawn(move || first.wake()).join().expect("no panic");
        let has_woken = Rc::new(AtomicBool::new(false));
        let woke = has_woken.clone();
        let thread = thread::spawn(move || {
            sent.put();
            second.wake();
            woke.store(true, loom::sync::atomic::Ordering::Relaxed);
        });
        // If the poll comes between what is sent and its wake, it would look too early.
        if has_woken.load(loom::sync::atomic::Ordering::Relaxed) {
            local.tick(9);
        }
        thread.join().expect("no panic");
        while local.tick(9).more {}
        assert_eq!(task.cancel(), Some(1));
    });
}

#[test]
fn a_wake_while_the_run_goes_to_sleep_is_seen_or_wakes_the_parent_once() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let (task, waker) = spawn_waiting(local, &parcel);
        let sent = parcel.clone();
        let wakes = Wakes::new();
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        let mut run = Box::pin(local.run_until(task));
        let parent = wakes.clone().into();
        // Main's first poll may come between what is sent and its wake, but it asks the task.
        let first = poll(run.as_mut(), &parent);
        thread.join().expect("no panic");
        match first {
            Poll::Ready(output) => assert_eq!(output, 1),
            Poll::Pending => {
                assert_eq!(wakes.count(), 1, "asleep, and woken once");
                assert_eq!(poll(run.as_mut(), &parent), Poll::Ready(1));
            }
        }
    });
}

#[test]
fn a_parents_waker_may_be_replaced_while_a_push_reads_it() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let (task, waker) = spawn_waiting(local, &parcel);
        let sent = parcel.clone();
        let (old, new) = (Wakes::new(), Wakes::new());
        let mut run = Box::pin(local.run());
        assert!(poll(run.as_mut(), &old.clone().into()).is_pending());
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        assert!(poll(run.as_mut(), &new.clone().into()).is_pending());
        thread.join().expect("no panic");
        if !task.is_finished() {
            assert!(new.count() >= 1, "the latest parent is woken");
        }
        if new.count() >= 1 {
            assert!(poll(run.as_mut(), &new.clone().into()).is_pending());
        }
        assert_eq!(task.cancel(), Some(1));
        // Asleep, and nobody reads: the next wake is the latest parent's, and no waker is kept.
        let count = new.count();
        local.spawn_detached(async {}).expect("there is room");
        assert_eq!(new.count(), count + 1);
        drop(run);
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}

/// The owner sleeps again, with the same waker, while the push that ended its last sleep still reads
/// what that sleep left.
#[test]
fn an_owner_may_sleep_again_while_the_push_that_woke_it_still_notifies() {
    check(|| {
        let (local, polls, [(task, waker)]) = counting();
        let wakes = Wakes::new();
        let parent = Waker::from(wakes.clone());
        let mut run = Box::pin(local.run());
        assert!(poll(run.as_mut(), &parent).is_pending());
        let thread = thread::spawn(move || waker.wake());
        // For whatever reason, its parent polls it meanwhile.
        assert!(poll(run.as_mut(), &parent).is_pending());
        thread.join().expect("no panic");
        assert!(poll(run.as_mut(), &parent).is_pending());
        assert_eq!(*polls.borrow(), [0]);
        drop((task, run));
        drop(parent);
        assert_eq!(Arc::strong_count(&wakes), 1);
    });
}

/// Promise 1: one thread's wakes, and a local one whose order the flag may tell.
#[test]
fn wakes_of_two_threads_are_polled_in_order_as_far_as_they_are_ordered() {
    check(|| {
        let (local, polls, tasks) = counting::<3>();
        let is_woken = Rc::new(AtomicBool::new(false));
        let [a, b, c] = [0, 1, 2].map(|n: usize| tasks[n].1.clone());
        let woke = is_woken.clone();
        let thread = thread::spawn(move || {
            b.wake();
            woke.store(true, loom::sync::atomic::Ordering::Release);
            c.wake();
        });
        let b_was_first = is_woken.load(loom::sync::atomic::Ordering::Acquire);
        a.wake();
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        let order = polls.take();
        assert_eq!(order.len(), 3, "{order:?}");
        let at = |n| order.iter().position(|&polled| polled == n);
        assert!(at(1) < at(2), "{order:?}");
        assert!(!b_was_first || at(1) < at(0), "{order:?}");
    });
}

#[test]
fn a_slot_that_is_pushed_again_while_its_batch_is_worked_off_loses_nobody() {
    check(|| {
        let (local, polls, tasks) = counting::<2>();
        let [a, b] = [0, 1].map(|n: usize| tasks[n].1.clone());
        let (first, second) = (a.clone(), b);
        thread::spawn(move || {
            first.wake();
            second.wake();
        })
        .join()
        .expect("no panic");
        // The batch is a, b; a is pushed again as soon as it is unmarked.
        let thread = thread::spawn(move || a.wake());
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        let order = polls.take();
        assert_eq!(order.iter().filter(|n| **n == 1).count(), 1, "{order:?}");
        assert!((1..=2).contains(&order.iter().filter(|n| **n == 0).count()), "{order:?}");
    });
}

#[test]
fn a_stale_wake_from_a_thread_leaves_the_slot_to_its_next_tenant() {
    check(|| {
        let (local, polls, [(task, stale)]) = counting();
        let thread = thread::spawn(move || stale.wake());
        drop(task);
        assert!(local.is_empty());
        let late = polls.clone();
        let next = local.spawn(poll_fn(move |_| {
            late.borrow_mut().push(1);
            Poll::<()>::Pending
        }));
        let next = next.expect("promise 6: the slot is vacant");
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        assert!((1..=2).contains(&polls.borrow().len()), "at most one spurious poll");
        drop(next);
        assert!(local.is_empty());
        assert!(local.spawn(async {}).is_ok());
    });
}

#[test]
fn a_wake_here_and_one_elsewhere_of_a_run_that_sleeps_wake_its_parent_once() {
    check(|| {
        let local = settled::<2>();
        let parcels = [Parcel::new(), Parcel::new()];
        let waiting = [0, 1].map(|n| spawn_waiting(local, &parcels[n]));
        let wakes = Wakes::new();
        let parent = Waker::from(wakes.clone());
        let mut run = Box::pin(local.run());
        assert!(poll(run.as_mut(), &parent).is_pending());
        let (sent, waker) = (parcels[1].clone(), waiting[1].1.clone());
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        parcels[0].put();
        waiting[0].1.wake_by_ref();
        thread.join().expect("no panic");
        assert_eq!(wakes.count(), 1);
        assert!(poll(run.as_mut(), &parent).is_pending());
        for (task, _) in waiting {
            assert_eq!(task.cancel(), Some(1));
        }
    });
}

#[test]
fn wakes_of_a_group_go_to_another_threads_while_the_last_one_still_wakes_its_child() {
    /// A group with one child, polled once; and the child's waker.
    fn begun<'a>(
        wakes: &'static group::Wakes<1>,
        child: &'a mut (impl Future<Output = ()> + Unpin),
    ) -> Option<Group<'a, 1>> {
        let mut group = Group::new(wakes)?;
        let child = Pin::new(child);
        assert!(group.add(child).is_ok());
        assert!(poll(Pin::new(&mut group), Waker::noop()).is_pending());
        Some(group)
    }
    check(|| {
        let wakes: &'static group::Wakes<1> = Box::leak(Box::default());
        let stale = Cell::new(None);
        let mut child = poll_fn(|cx| {
            stale.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        });
        let first = begun(wakes, &mut child).expect("not in use");
        let next = thread::spawn(move || {
            let mut child = poll_fn(|_| Poll::<()>::Pending);
            drop(begun(wakes, &mut child));
        });
        drop(first);
        stale.take().expect("the child was polled").wake();
        next.join().expect("no panic");
        assert!(Group::new(wakes).is_some(), "each group has left");
    });
}
