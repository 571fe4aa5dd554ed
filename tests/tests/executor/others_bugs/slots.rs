//! Slots that change tenants: cancels, stale wakers, and what a future may do while it is dropped.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_lite::future::{block_on, yield_now};
use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{AtDrop, Gate, Trace, fresh, hold_for_ever, panic_text};

#[test]
fn a_slot_is_used_again_while_its_old_tenant_is_still_queued() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let (old, neighbour) = (Gate::new(), Gate::new());
    let cancelled = local.spawn(old.pass(&trace, "old")).expect("there is room");
    let stays = local.spawn(neighbour.pass(&trace, "neighbour")).expect("there is room");
    local.tick(9);
    trace.take();
    // The old tenant is woken first, then goes; its slot is still queued, ahead of the neighbour.
    old.wake();
    drop(cancelled);
    neighbour.wake();
    let new = Gate::new();
    let task = local.spawn(new.pass(&trace, "new")).expect("there is room");
    while local.tick(9).more {}
    // Promise 1's exception: the new tenant takes the place at which its slot is still queued.
    assert_eq!(trace.take(), ["new", "neighbour"]);
    drop((task, stays));
    assert_eq!(local.len(), 0);
}

#[test]
fn every_slot_is_used_again_while_all_old_tenants_are_still_queued() {
    let local = fresh::<3, 64>();
    for _ in 0..5 {
        let tasks: Vec<_> =
            (0..3).map(|n| local.spawn(async move { n }).expect("there is room")).collect();
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
    let neighbour = local.spawn(gate.pass(&trace, "neighbour")).expect("there is room");
    let bell = trace.bell("victim");
    let victim = local.spawn(hold_for_ever(bell)).expect("there is room");
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
    let task = local.spawn(hold_for_ever(busy_drop)).expect("there is room");
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
fn clones_of_a_waker_will_wake_the_same_task() {
    let local = fresh::<2, 64>();
    let gate = Gate::new();
    let task = local.spawn(gate.pass(&Trace::new(), "")).expect("there is room");
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
fn clear_from_inside_a_futures_last_drop_leaves_its_output_to_its_handle() {
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
    assert_eq!(trace.take(), [""; 0]);
    assert!(block_on(task).is_some());
    assert_eq!(trace.take(), ["drop output"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn a_free_slot_that_a_stale_wake_has_queued_gives_its_next_tenant_that_place() {
    stale_wakes(Gate::wake);
    stale_wakes(Gate::wake_from_a_thread);
}

fn stale_wakes(wake: fn(&Gate)) {
    let local = fresh::<3, 64>();
    let trace = Trace::new();
    let (old, neighbour) = (Gate::new(), Gate::new());
    let gone = local.spawn(old.pass(&trace, "old")).expect("room");
    let stays = local.spawn(neighbour.pass(&trace, "neighbour"));
    local.tick(9);
    trace.take();
    drop(gone); // its slot is free,
    wake(&old); // and queued, ahead of the neighbour.
    wake(&neighbour);
    let new = local.spawn(Gate::new().pass(&trace, "new")).expect("room");
    while local.tick(9).more {}
    assert_eq!(trace.take(), ["new", "neighbour"]);
    drop((new, stays));
    assert_eq!(local.len(), 0);
}

#[test]
fn a_full_executor_has_room_for_a_new_tenant_in_the_midst_of_a_stale_wake() {
    let local = fresh::<1, 64>();
    let old = Gate::new();
    let gone = local.spawn(old.pass(&Trace::new(), "old")).expect("room");
    local.tick(9);
    let stale = old.waker();
    drop(gone);
    let is_over = Arc::new(AtomicBool::new(false));
    let waking = std::thread::spawn({
        let is_over = is_over.clone();
        move || {
            while !is_over.load(Ordering::Relaxed) {
                stale.wake_by_ref();
            }
        }
    });
    for _ in 0..50_000 {
        // Its waker may have set the slot's mark, and not yet put it into the inbox.
        let new = local.spawn(pending::<()>());
        drop(new.expect("promise 6: capacity is known"));
    }
    is_over.store(true, Ordering::Relaxed);
    waking.join().expect("waking does not panic");
    assert_eq!(local.len(), 0);
}

#[test]
fn a_spawn_whose_wake_of_the_parent_panics_leaves_no_task_behind() {
    let local = fresh::<1, 64>();
    let trace = Trace::new();
    let parent = acting_waker(|event| assert_ne!(event, WakerEvent::Woken, "on purpose"));
    assert!(local.poll_run(&mut Context::from_waker(&parent)).is_pending());
    let bell = trace.bell("future");
    let spawn = || local.spawn(hold_for_ever(bell));
    assert!(panic_text(spawn).contains("on purpose"));
    assert_eq!(trace.take(), ["drop future"]);
    assert!(local.is_empty());
}
