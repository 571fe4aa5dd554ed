//! Runs of one executor, in one another, in other executors, and under parents of all kinds.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_lite::future::{block_on, or, yield_now, zip};
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker};
use wakeful_tests::trace::{Gate, Trace, Wakes, fresh};

use super::poll_with;

#[test]
fn a_parent_whose_waker_is_new_at_every_poll_may_sleep() {
    let local = fresh::<2, 64>();
    let log = WakeLog::default();
    let gate = Gate::new();
    let mut run = log.hand(7, local.run_until(gate.pass(&Trace::new(), "")));
    for poll in 1..=3 {
        assert!(run.poll().is_none());
        // Nothing has happened, so nobody may be woken: a parent that is woken polls again.
        assert_eq!(log.take(), [], "after poll {poll}");
    }
    gate.wake();
    assert_eq!(log.take(), [(7, 3)]);
    gate.open();
    assert_eq!(run.poll(), Some(()));
}

#[test]
fn an_inner_run_that_is_polled_once_and_kept_lets_the_outer_run_sleep() {
    let local = fresh::<2, 512>();
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    local
        .spawn(async move {
            let mut inner = Box::pin(local.run());
            assert!(poll_with(inner.as_mut(), Waker::noop()).is_pending());
            *keep.borrow_mut() = Some(inner);
        })
        .expect("there is room")
        .detach();
    let wakes = Wakes::new();
    let gate = Gate::new();
    let mut outer = pin!(local.run_until(gate.pass(&Trace::new(), "")));
    // The inner run parked the executor; the outer one has to park it anew, not to try for ever.
    assert!(poll_with(outer.as_mut(), &wakes.clone().into()).is_pending());
    gate.open();
    assert!(wakes.take() >= 1);
    assert!(poll_with(outer.as_mut(), &wakes.into()).is_ready());
    assert!(kept.take().is_some());
}

#[test]
fn a_busy_run_does_not_starve_the_main_future_of_another_run() {
    let local = fresh::<2, 64>();
    let gate = Gate::new();
    let quiet_wakes = Wakes::new();
    let mut quiet = pin!(local.run_until(gate.pass(&Trace::new(), "")));
    assert!(poll_with(quiet.as_mut(), &quiet_wakes.clone().into()).is_pending());
    // A second run begins, and from its own main future on it is never idle again.
    let mut busy = pin!(local.run_until(async move {
        let task = local.spawn(async { while yields().await {} });
        task.expect("there is room").await;
    }));
    let busy_waker = Waker::from(Wakes::new());
    assert!(poll_with(busy.as_mut(), &busy_waker).is_pending());
    quiet_wakes.take();
    gate.open();
    for _ in 0..3 {
        assert!(poll_with(busy.as_mut(), &busy_waker).is_pending());
    }
    assert!(quiet_wakes.take() >= 1, "the quiet run's parent is told");
    assert!(poll_with(quiet.as_mut(), &quiet_wakes.into()).is_ready());
}

/// Gives way, for ever.
async fn yields() -> bool {
    yield_now().await;
    true
}

#[test]
fn two_runs_of_one_executor_in_one_parent_both_end() {
    let local = fresh::<4, 64>();
    let (a, b) = (Gate::new(), Gate::new());
    let trace = Trace::new();
    let opener = {
        let (a, b) = (a.clone(), b.clone());
        local.spawn(async move {
            yield_now().await;
            b.open();
            yield_now().await;
            a.open();
        })
    };
    opener.expect("there is room").detach();
    block_on(zip(
        local.run_until(a.pass(&trace, "a")),
        local.run_until(b.pass(&trace, "b")),
    ));
    assert_eq!(local.len(), 0);
}

#[test]
fn a_run_that_is_dropped_leaves_the_others_running() {
    let local = fresh::<2, 64>();
    let (first, second) = (Wakes::new(), Wakes::new());
    let gate = Gate::new();
    let mut stays = pin!(local.run_until(gate.pass(&Trace::new(), "")));
    assert!(poll_with(stays.as_mut(), &first.clone().into()).is_pending());
    {
        let mut goes = pin!(local.run());
        assert!(poll_with(goes.as_mut(), &second.into()).is_pending());
    }
    // The second run pushed the first one's parent out of the register, and then went.
    gate.open();
    assert!(first.take() >= 1);
    assert!(poll_with(stays.as_mut(), &first.into()).is_ready());
}

#[test]
fn an_executor_runs_inside_a_task_of_another_one() {
    let (outer, inner) = (fresh::<2, 512>(), fresh::<2, 128>());
    let trace = Trace::new();
    let gate = Gate::new();
    let answer = inner.spawn({
        let pass = gate.pass(&trace, "inner polls");
        async move {
            pass.await;
            42
        }
    });
    let run = inner.run_until(answer.expect("there is room"));
    let task = outer.spawn(run).expect("there is room");
    assert!(!outer.tick(9).more, "the inner executor sleeps");
    assert!(!outer.tick(9).more);
    gate.wake_from_a_thread();
    let tick = outer.tick(9);
    assert_eq!((tick.polled, tick.more), (1, false));
    gate.open();
    assert_eq!(block_on(outer.run_until(task)), 42);
    assert_eq!(trace.take(), ["inner polls"; 3]);
}

#[test]
fn a_task_may_block_on_a_run_of_its_own_executor() {
    let local = fresh::<3, 512>();
    let trace = Trace::new();
    let bell = trace.clone();
    let sibling = local
        .spawn(async move {
            bell.note("sibling begins");
            yield_now().await;
            bell.note("sibling ends");
            5
        })
        .expect("there is room");
    let note = trace.clone();
    let outer = local
        .spawn(async move {
            note.note("outer begins");
            let five = block_on(local.run_until(sibling));
            note.note("outer ends");
            five
        })
        .expect("there is room");
    assert_eq!(block_on(local.run_until(outer)), 5);
    let rows = [
        "sibling begins",
        "outer begins", // and nests a run,
        "sibling ends", // which polls the sibling,
        "outer ends",
    ];
    assert_eq!(trace.take(), rows);
}

#[test]
fn a_task_woken_while_it_runs_a_nested_run_is_polled_again_afterwards() {
    let local = fresh::<2, 512>();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let task = local
        .spawn(poll_fn(move |cx| {
            count.set(count.get() + 1);
            if count.get() == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            // This takes the wake out of the queue, and cannot poll what is being polled.
            assert_eq!(local.tick(9).polled, 0);
            Poll::Pending
        }))
        .expect("there is room");
    block_on(local.run_until(task));
    assert_eq!(polls.get(), 2);
}

#[test]
fn a_run_inside_the_main_future_of_its_own_executor_gives_way() {
    let local = fresh::<1, 64>();
    let main = or(
        async {
            local.run().await;
        },
        async {
            yield_now().await;
            yield_now().await;
        },
    );
    let wakes = Wakes::new();
    let mut run = pin!(local.run_until(main));
    // Each wake of main tells the run inside, whose parent is main.
    while poll_with(run.as_mut(), &wakes.clone().into()).is_pending() {
        assert!(wakes.take() > 0);
    }
}

#[test]
fn a_run_ends_its_poll_though_the_parent_of_another_polls_that_inside_its_wakes() {
    let local = fresh::<1, 64>();
    let other = Rc::new(RefCell::new(None));
    let (polled, polls) = (other.clone(), Cell::new(0));
    let eager = acting_waker(move |event| {
        let other = polled.borrow_mut().take();
        if let (WakerEvent::Woken, Some((mut run, waker))) = (event, other) {
            polls.set(polls.get() + 1);
            assert!(polls.get() < 9, "the outer poll goes on for ever");
            assert!(poll_boxed(&mut run, &waker).is_pending());
            *polled.borrow_mut() = Some((run, waker));
        }
    });
    let mut run: Boxed = Box::pin(local.run());
    assert!(poll_boxed(&mut run, &eager).is_pending());
    *other.borrow_mut() = Some((run, eager));
    let mut outer: Boxed = Box::pin(local.run());
    assert!(poll_boxed(&mut outer, Waker::noop()).is_pending());
    assert!(other.take().is_some());
}

type Boxed = Pin<Box<dyn Future<Output = Infallible>>>;

fn poll_boxed(run: &mut Boxed, waker: &Waker) -> Poll<Infallible> {
    run.as_mut().poll(&mut Context::from_waker(waker))
}

#[test]
fn a_parents_waker_is_not_taken_away_while_it_is_cloned_or_woken() {
    let local = fresh::<1, 64>();
    let trace = Trace::new();
    let (is_armed, is_inside) = (Rc::new(Cell::new(false)), Cell::new(false));
    let third = Rc::new(RefCell::new(None));
    let (note, armed, kept) = (trace.clone(), is_armed.clone(), third.clone());
    let parent = acting_waker(move |event| {
        if is_inside.replace(true) {
            note.note(format!("{event:?} inside"));
        }
        if armed.take() {
            let mut run = Box::pin(local.run());
            assert!(poll_with(run.as_mut(), Waker::noop()).is_pending());
            *kept.borrow_mut() = Some(run);
            note.note("a third run has another parent");
        }
        is_inside.set(false);
    });
    let mut first = pin!(local.run());
    assert!(poll_with(first.as_mut(), &parent).is_pending());
    let mut second = Box::pin(local.run());
    assert!(poll_with(second.as_mut(), &parent).is_pending());
    is_armed.set(true);
    drop(second); // the first one's parent is told to go on alone
    assert_eq!(trace.take(), ["a third run has another parent"]);
    assert!(third.take().is_some());
}

#[test]
fn a_run_that_is_over_keeps_nothing_of_its_parent() {
    let local = fresh::<2, 64>();
    let wakes = Wakes::new();
    {
        let mut run = pin!(local.run());
        assert!(poll_with(run.as_mut(), &wakes.clone().into()).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 2);
    }
    assert_eq!(Arc::strong_count(&wakes), 1);
}

/// A parent whose waker wakes somebody when the last clone of it is gone.
struct WakesAtDrop(Waker);

impl std::task::Wake for WakesAtDrop {
    fn wake(self: Arc<Self>) {}
}

impl Drop for WakesAtDrop {
    fn drop(&mut self) {
        self.0.wake_by_ref();
    }
}

#[test]
fn a_task_woken_while_the_parent_is_replaced_is_polled_before_the_run_sleeps() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let gate = Gate::new();
    let task = local.spawn(gate.pass(&trace, "polled")).expect("room");
    local.tick(9);
    let first = Waker::from(Arc::new(WakesAtDrop(gate.waker())));
    let mut run = pin!(local.run());
    assert!(poll_with(run.as_mut(), &first).is_pending());
    drop(first); // the register has the last clone
    trace.take();
    assert!(poll_with(run.as_mut(), Waker::noop()).is_pending());
    assert_eq!(trace.take(), ["polled"]);
    drop(task);
}

#[test]
fn a_turn_while_the_parents_waker_is_cloned_leaves_nobody_behind() {
    let local = fresh::<3, 64>();
    let trace = Trace::new();
    let gates = [Gate::new(), Gate::new()];
    let tasks = [0, 1].map(|n| local.spawn(gates[n].pass(&trace, ["one", "two"][n])));
    local.tick(9);
    trace.take();
    let is_first = Cell::new(true);
    let parent = acting_waker(move |event| {
        if event == WakerEvent::Cloned && is_first.replace(false) {
            gates.iter().for_each(Gate::wake);
            assert_eq!(local.tick(1).polled, 1);
        }
    });
    let mut run = pin!(local.run());
    assert!(poll_with(run.as_mut(), &parent).is_pending());
    assert_eq!(trace.take(), ["one", "two"]);
    drop(tasks);
}
