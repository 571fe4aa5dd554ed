//! Bugs that other executors had, or that this one had: one test each, named after the behaviour.
//!
//! Those that a promise forbids outright are in `promises.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_lite::future::{block_on, yield_now, zip};
use wakeful_tests::hand::WakeLog;
use wakeful_tests::trace::{AtDrop, Gate, Trace, Wakes, fresh, panic_text};

/// Polls `future` once on behalf of `waker`.
fn poll_with<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

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
fn a_slot_is_used_again_while_its_old_tenant_is_still_queued() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let (old, neighbour) = (Gate::new(), Gate::new());
    let cancelled = local.spawn(old.pass(&trace, "old")).expect("there is room");
    let stays = local
        .spawn(neighbour.pass(&trace, "neighbour"))
        .expect("there is room");
    local.tick(9);
    trace.take();
    // The old tenant is woken first, then goes; its slot is still queued, ahead of the neighbour.
    old.wake();
    drop(cancelled);
    neighbour.wake();
    let new = Gate::new();
    let task = local.spawn(new.pass(&trace, "new")).expect("there is room");
    while local.tick(9).more {}
    // The new tenant was spawned last, so it comes last: it does not inherit the place.
    assert_eq!(trace.take(), ["neighbour", "new"]);
    drop((task, stays));
    assert_eq!(local.len(), 0);
}

#[test]
fn every_slot_is_used_again_while_all_old_tenants_are_still_queued() {
    let local = fresh::<3, 64>();
    for _ in 0..5 {
        let tasks: Vec<_> = (0..3)
            .map(|n| local.spawn(async move { n }).expect("there is room"))
            .collect();
        assert_eq!(local.len(), 3);
        assert!(local.spawn(async {}).is_err());
        drop(tasks);
        assert_eq!(local.len(), 0);
    }
    assert_eq!(local.tick(99).polled, 0);
    assert!(!local.tick(99).more);
}

#[test]
fn a_stale_waker_costs_the_next_tenant_one_poll_at_most() {
    let local = fresh::<1, 64>();
    let trace = Trace::new();
    let old = Gate::new();
    let task = local.spawn(old.pass(&trace, "old")).expect("one slot");
    local.tick(9);
    let stale = old.waker();
    drop(task);
    stale.wake_by_ref();
    let new = Gate::new();
    let task = local.spawn(new.pass(&trace, "new")).expect("one slot");
    local.tick(9);
    trace.take();
    stale.wake_by_ref();
    stale.wake();
    local.tick(9);
    assert_eq!(trace.take(), ["new"]);
    new.open();
    assert_eq!(block_on(local.run_until(task)), ());
}

#[test]
fn a_task_cancelled_from_inside_its_own_poll_is_dropped_after_that_poll() {
    let local = fresh::<2, 256>();
    let trace = Trace::new();
    let handle = Rc::new(RefCell::new(None));
    let (own, note) = (handle.clone(), trace.clone());
    let bell = trace.bell("future");
    let task = local
        .spawn(async move {
            bell.hold();
            let task: wakeful_executor::Task<()> = own.take().expect("its own handle");
            assert!(task.cancel().is_none());
            note.note("still here");
            yield_now().await;
            note.note("polled after cancel");
        })
        .expect("there is room");
    *handle.borrow_mut() = Some(task);
    local.tick(9);
    assert_eq!(trace.take(), ["still here", "drop future"]);
    assert_eq!((local.len(), local.tick(9).polled), (0, 0));
}

#[test]
fn a_future_may_cancel_spawn_and_wake_while_it_is_dropped() {
    let local = fresh::<4, 256>();
    let trace = Trace::new();
    let gate = Gate::new();
    let neighbour = local
        .spawn(gate.pass(&trace, "neighbour"))
        .expect("there is room");
    let bell = trace.bell("victim");
    let victim = local
        .spawn(async move {
            bell.hold();
            pending::<()>().await;
        })
        .expect("there is room");
    let mut victim = Some(victim);
    let note = trace.clone();
    let busy_drop = AtDrop(move || {
        drop(victim.take());
        gate.wake();
        let note = note.clone();
        let spawned = local.spawn(async move { note.note("spawned in a drop") });
        spawned.expect("there is room").detach();
        assert_eq!(local.tick(0).polled, 0);
    });
    let task = local
        .spawn(async move {
            let _busy_drop = busy_drop;
            pending::<()>().await;
        })
        .expect("there is room");
    local.tick(9);
    trace.take();
    drop(task);
    assert_eq!(trace.take(), ["drop victim"]);
    while local.tick(9).more {}
    assert_eq!(trace.take(), ["neighbour", "spawned in a drop"]);
    drop(neighbour);
    assert_eq!(local.len(), 0);
}

#[test]
fn several_foreign_joiners_are_each_told() {
    let local = fresh::<3, 64>();
    let gates: Vec<_> = (0..3).map(|_| Gate::new()).collect();
    let trace = Trace::new();
    let log = WakeLog::default();
    let mut joins: Vec<_> = (0..3)
        .map(|n| {
            let task = local.spawn(gates[n].pass(&trace, ""));
            log.hand(n, task.expect("there is room"))
        })
        .collect();
    for join in &mut joins {
        assert!(join.poll().is_none());
    }
    local.tick(9);
    for n in [1, 2, 0] {
        gates[n].open();
        local.tick(9);
        assert_eq!(log.take(), [(n, 1)]);
        assert_eq!(joins[n].poll(), Some(()));
    }
}

#[test]
fn a_joiner_that_hands_over_to_another_waker_tells_the_last_one() {
    let local = fresh::<2, 64>();
    let gate = Gate::new();
    let log = WakeLog::default();
    let mut join = log.hand(0, local.spawn(gate.pass(&Trace::new(), "")).expect("room"));
    assert!(join.poll().is_none());
    assert!(join.poll().is_none());
    local.tick(9);
    gate.open();
    local.tick(9);
    assert_eq!(log.take(), [(0, 2)]);
    assert_eq!(join.poll(), Some(()));
}

#[test]
fn a_foreign_waker_is_let_go_when_its_task_ends() {
    let local = fresh::<2, 64>();
    let wakes = Wakes::new();
    let mut task = local.spawn(pending::<()>()).expect("there is room");
    assert!(poll_with(Pin::new(&mut task), &wakes.clone().into()).is_pending());
    assert_eq!(Arc::strong_count(&wakes), 2);
    drop(task);
    assert_eq!(Arc::strong_count(&wakes), 1);
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

#[test]
fn clones_of_a_waker_will_wake_the_same_task() {
    let local = fresh::<2, 64>();
    let gate = Gate::new();
    let task = local
        .spawn(gate.pass(&Trace::new(), ""))
        .expect("there is room");
    local.tick(9);
    let first = gate.waker();
    first.wake_by_ref();
    local.tick(9);
    assert!(first.will_wake(&gate.waker()));
    assert!(first.will_wake(&first.clone().clone()));
    drop(task);
}

#[test]
fn cancelling_between_two_wakes_of_a_batch_polls_nobody_twice() {
    let local = fresh::<3, 128>();
    let trace = Trace::new();
    let gates = [Gate::new(), Gate::new()];
    let victim = local.spawn(gates[1].pass(&trace, "victim")).expect("room");
    let mut victim = Some(victim);
    let note = trace.clone();
    let gate = gates[0].clone();
    let killer = local
        .spawn(async move {
            gate.pass(&note, "killer").await;
            drop(victim.take());
            note.note("killed");
        })
        .expect("there is room");
    local.tick(9);
    trace.take();
    gates[0].open();
    gates[1].wake();
    let tick = local.tick(9);
    assert_eq!(trace.take(), ["killer", "killed"]);
    assert_eq!((tick.polled, tick.completed, tick.more), (1, 1, false));
    assert!(killer.is_finished());
}

#[test]
fn clear_from_inside_a_futures_last_drop_takes_its_output_too() {
    let local = fresh::<2, 128>();
    let trace = Trace::new();
    let output = trace.bell("output");
    let clears = AtDrop(move || local.clear());
    let mut output = Some(output);
    let task = local
        .spawn(poll_fn(move |_| {
            let _kept_by_the_future = &clears;
            Poll::Ready(output.take())
        }))
        .expect("there is room");
    local.tick(9);
    assert_eq!(trace.take(), ["drop output"]);
    assert!(panic_text(|| block_on(task)).contains("cleared"));
    assert_eq!(local.len(), 0);
}

#[test]
fn a_free_slot_that_a_stale_wake_has_queued_gives_its_next_tenant_no_place() {
    let local = fresh::<3, 64>();
    let trace = Trace::new();
    let (old, neighbour) = (Gate::new(), Gate::new());
    let gone = local.spawn(old.pass(&trace, "old")).expect("room");
    let stays = local.spawn(neighbour.pass(&trace, "neighbour"));
    local.tick(9);
    trace.take();
    drop(gone); // its slot is free,
    old.wake(); // and queued, ahead of the neighbour.
    neighbour.wake();
    let new = local.spawn(Gate::new().pass(&trace, "new")).expect("room");
    while local.tick(9).more {}
    assert_eq!(trace.take(), ["neighbour", "new"]);
    drop((new, stays));
    assert_eq!(local.len(), 0);
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
