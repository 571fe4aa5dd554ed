//! Slots that change tenants: cancels, stale wakers, and what a future may do while it is dropped.

use std::task::Context;

use wakeful_tests::hand::{WakerEvent, acting_waker};
use wakeful_tests::trace::{AtDrop, Gate, Trace, fresh, hold_for_ever, panic_text};

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
