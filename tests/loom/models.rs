//! The models: each a few lines of the executor's real API, in all interleavings that loom finds.
//!
//! Data that goes from a waker to a poll lies in a cell of loom's, which fails the model unless the
//! wake orders the two.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicBool;
use loom::thread;

use crate::executor::{Executor, LocalExecutor};
use crate::settle::settle;

/// Two preemptions find every mutation that was tried; without a bound the models take hours.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

/// An executor whose atomics have all been used, so that no thread makes them, and that is empty.
fn settled<const TASKS: usize>() -> LocalExecutor<128> {
    let executor: &'static Executor<TASKS, 128> = Box::leak(Box::new(Executor::new()));
    let local = executor.take().expect("it is new");
    let slots = Rc::new(std::cell::RefCell::new(Vec::new()));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let slots = slots.clone();
            local.spawn(poll_fn(move |cx| {
                slots.borrow_mut().extend(crate::waker::slot_of(cx.waker()));
                Poll::<()>::Pending
            }))
        })
        .collect();
    let note = slots.clone();
    let main = poll_fn(move |cx| {
        note.borrow_mut().extend(crate::waker::slot_of(cx.waker()));
        Poll::<()>::Pending
    });
    {
        let mut run = pin!(local.run_until(main));
        assert!(poll(run.as_mut(), &Wakes::new().into()).is_pending());
        local.core.parent.tell_again();
    }
    drop(tasks);
    for header in slots.take() {
        settle(&header.node);
    }
    local.tick(9);
    local
}

/// A parent that counts.
struct Wakes(AtomicUsize);

impl Wakes {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// What a waker leaves for the poll that its wake brings about.
#[derive(Clone)]
struct Parcel(Rc<(UnsafeCell<u32>, AtomicBool)>);

impl Parcel {
    fn new() -> Self {
        let parcel = Self(Rc::new((UnsafeCell::new(0), AtomicBool::new(false))));
        // The flag alone orders nothing: relaxed, on both sides.
        assert!(!parcel.is_there());
        parcel
    }
    fn put(&self) {
        // SAFETY: loom checks that nobody else looks meanwhile.
        self.0.0.with_mut(|cell| unsafe { *cell += 1 });
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

/// Spawns a task that waits for `parcel`, lets it begin to wait, and gives its waker.
fn spawn_waiting(
    local: LocalExecutor<128>,
    parcel: &Parcel,
) -> (crate::task::Task<u32>, Rc<std::cell::Cell<Option<Waker>>>) {
    let (parcel, slot) = (
        parcel.clone(),
        Rc::<std::cell::Cell<Option<Waker>>>::default(),
    );
    let waker = slot.clone();
    let task = local.spawn(poll_fn(move |cx| {
        if parcel.is_there() {
            return Poll::Ready(parcel.open());
        }
        waker.set(Some(cx.waker().clone()));
        Poll::Pending
    }));
    let task = task.expect("there is room");
    local.tick(9);
    (task, slot)
}

fn taken(slot: &std::cell::Cell<Option<Waker>>) -> Waker {
    slot.take().expect("the task has been polled")
}

#[test]
fn two_wakers_and_one_consumer_lose_nothing() {
    check(|| {
        let local = settled::<2>();
        let parcels = [Parcel::new(), Parcel::new()];
        let waiting = [0, 1].map(|n| spawn_waiting(local, &parcels[n]));
        let threads = [0, 1].map(|n| {
            let (parcel, waker) = (parcels[n].clone(), taken(&waiting[n].1));
            thread::spawn(move || {
                parcel.put();
                waker.wake();
            })
        });
        let mut completed = local.tick(9).completed;
        for thread in threads {
            thread.join().expect("no panic");
        }
        while completed < 2 {
            let tick = local.tick(9);
            assert!(tick.polled > 0, "a wake was lost");
            completed += tick.completed;
        }
        for (task, _) in waiting {
            assert_eq!(task.cancel(), Some(1));
        }
    });
}

#[test]
fn what_precedes_a_second_wake_is_seen_by_the_poll_that_it_joins() {
    check(|| {
        let local = settled::<1>();
        // Here the poll may come between what is sent and its wake, so it looks at the flag only.
        let parcel = Parcel::new();
        let (looks, slot) = (
            parcel.clone(),
            Rc::<std::cell::Cell<Option<Waker>>>::default(),
        );
        let waker = slot.clone();
        let task = local.spawn(poll_fn(move |cx| {
            waker.set(Some(cx.waker().clone()));
            match looks.is_there() {
                true => Poll::Ready(1),
                false => Poll::Pending,
            }
        }));
        let task = task.expect("there is room");
        local.tick(9);
        let first = taken(&slot);
        let (second, sent) = (first.clone(), parcel.clone());
        // Queued already, by a thread that has nothing to tell.
        thread::spawn(move || first.wake())
            .join()
            .expect("no panic");
        let thread = thread::spawn(move || {
            sent.put();
            second.wake();
        });
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        assert_eq!(task.cancel(), Some(1));
    });
}

#[test]
fn what_precedes_a_wake_is_seen_also_when_another_waker_pushes_the_slot_just_then() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let (looks, slot) = (
            parcel.clone(),
            Rc::<std::cell::Cell<Option<Waker>>>::default(),
        );
        let waker = slot.clone();
        let task = local.spawn(poll_fn(move |cx| {
            waker.set(Some(cx.waker().clone()));
            match looks.is_there() {
                true => Poll::Ready(1),
                false => Poll::Pending,
            }
        }));
        let task = task.expect("there is room");
        local.tick(9);
        let first = taken(&slot);
        let (second, sent) = (first.clone(), parcel.clone());
        let threads = [
            thread::spawn(move || first.wake()),
            thread::spawn(move || {
                sent.put();
                second.wake();
            }),
        ];
        local.tick(9);
        local.tick(9);
        // Only the slot's own edges may carry the parcel: joining would carry it too, so what is
        // left is polled by ticks that the wakes alone caused.
        let found = task.is_finished();
        for thread in threads {
            thread.join().expect("no panic");
        }
        let more = local.tick(9).polled > 0;
        assert!(found || more, "the second wake was lost");
        assert_eq!(task.cancel(), Some(1));
    });
}

#[test]
fn a_wake_while_the_run_goes_to_sleep_is_seen_or_told() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let (task, slot) = spawn_waiting(local, &parcel);
        let (waker, sent) = (taken(&slot), parcel.clone());
        let wakes = Wakes::new();
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        let mut run = Box::pin(local.run_until(task));
        let parent = wakes.clone().into();
        let first = poll(run.as_mut(), &parent);
        thread.join().expect("no panic");
        match first {
            Poll::Ready(output) => assert_eq!(output, 1),
            Poll::Pending => {
                assert_eq!(wakes.count(), 1, "asleep, and told once");
                assert_eq!(poll(run.as_mut(), &parent), Poll::Ready(1));
            }
        }
    });
}

#[test]
fn a_parent_may_be_replaced_while_a_teller_is_inside() {
    check(|| {
        let local = settled::<1>();
        let parcel = Parcel::new();
        let (task, slot) = spawn_waiting(local, &parcel);
        let (waker, sent) = (taken(&slot), parcel.clone());
        let (old, new) = (Wakes::new(), Wakes::new());
        let mut run = Box::pin(local.run());
        // Asleep under the old parent; the wake races with the next poll, under a new one. That poll
        // goes back to sleep, also if the waker has pushed and not told yet.
        assert!(poll(run.as_mut(), &old.clone().into()).is_pending());
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        assert!(poll(run.as_mut(), &new.clone().into()).is_pending());
        thread.join().expect("no panic");
        if !task.is_finished() {
            assert!(new.count() >= 1, "the latest parent is told");
        }
        if new.count() >= 1 {
            assert!(poll(run.as_mut(), &new.clone().into()).is_pending());
        }
        assert_eq!(task.cancel(), Some(1));
        // At rest, and nobody is inside: the next wake tells the latest parent, and nobody is kept.
        let told = new.count();
        local.spawn(async {}).expect("there is room").detach();
        assert_eq!(new.count(), told + 1);
        drop((run, slot));
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}

#[test]
fn a_cancelled_tasks_remote_wake_leaves_its_slot_usable() {
    check(|| {
        let local = settled::<1>();
        let (task, slot) = spawn_waiting(local, &Parcel::new());
        let stale = taken(&slot);
        let thread = thread::spawn(move || stale.wake());
        drop(task);
        assert_eq!(local.len(), 0);
        let polls = Rc::new(std::cell::Cell::new(0));
        let count = polls.clone();
        let next = local.spawn(poll_fn(move |_| {
            count.set(count.get() + 1);
            Poll::<()>::Pending
        }));
        let next = next.expect("promise 6: the slot is vacant");
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        assert!((1..=2).contains(&polls.get()), "at most one spurious poll");
        drop(next);
        assert_eq!(local.len(), 0);
        assert!(local.spawn(async {}).is_ok());
    });
}

#[test]
fn a_local_wake_beside_a_remote_wake_keeps_the_order_and_loses_nothing() {
    check(|| {
        let local = settled::<2>();
        let order = Rc::new(std::cell::RefCell::new(Vec::new()));
        let wakers = Rc::new(std::cell::RefCell::new(Vec::new()));
        let tasks = [0, 1].map(|n| {
            let (order, wakers) = (order.clone(), wakers.clone());
            local.spawn(poll_fn(move |cx| {
                order.borrow_mut().push(n);
                wakers.borrow_mut().push(cx.waker().clone());
                Poll::<()>::Pending
            }))
        });
        local.tick(9);
        order.take();
        let [a, b]: [Waker; 2] = wakers.take().try_into().expect("both were polled");
        let (a_too, is_woken) = (a.clone(), Rc::new(AtomicBool::new(false)));
        let woke = is_woken.clone();
        // The thread wakes b, then a; the owner wakes a, and polls.
        let first = b.clone();
        let thread = thread::spawn(move || {
            first.wake();
            woke.store(true, loom::sync::atomic::Ordering::Release);
            a_too.wake();
        });
        let b_was_first = is_woken.load(loom::sync::atomic::Ordering::Acquire);
        a.wake();
        local.tick(9);
        thread.join().expect("no panic");
        while local.tick(9).more {}
        let order = order.take();
        assert!(order.contains(&0) && order.contains(&1), "{order:?}");
        if b_was_first {
            assert_eq!(order[0], 1, "woken first, polled first: {order:?}");
        }
        drop((tasks, b));
    });
}

#[test]
fn a_local_wake_of_a_sleeping_run_and_a_remote_one_tell_once() {
    check(|| {
        let local = settled::<2>();
        let parcels = [Parcel::new(), Parcel::new()];
        let waiting = [0, 1].map(|n| spawn_waiting(local, &parcels[n]));
        let wakes = Wakes::new();
        let parent = Waker::from(wakes.clone());
        let mut run = Box::pin(local.run());
        assert!(poll(run.as_mut(), &parent).is_pending());
        let (sent, waker) = (parcels[1].clone(), taken(&waiting[1].1));
        let thread = thread::spawn(move || {
            sent.put();
            waker.wake();
        });
        parcels[0].put();
        taken(&waiting[0].1).wake();
        thread.join().expect("no panic");
        assert_eq!(wakes.count(), 1);
        assert!(poll(run.as_mut(), &parent).is_pending());
        for (task, _) in waiting {
            assert_eq!(task.cancel(), Some(1));
        }
    });
}
