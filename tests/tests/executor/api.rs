//! What no promise speaks of: detached spawns, `run_all`, `steal`, handles that are unwind-safe, wakers
//! that are not what they were cloned from. And executors of several sizes, whose slots are all the
//! same to use.

use std::cell::Cell;
use std::future::pending;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use futures_lite::future::{block_on, yield_now};
use wakeful_executor::{Executor, LocalExecutor, Task};
use wakeful_tests::trace::{AtDrop, Gate, Trace, Wakes, fresh, hold_for_ever, panic_text, poll};

#[test]
fn a_detached_task_frees_its_slot_at_its_end_by_a_panic_and_by_clear() {
    let local = fresh::<1, 128>();
    let trace = Trace::new();
    for round in ["ends", "panics", "is cleared"] {
        let bell = trace.bell(round);
        let spawned = local.spawn_detached(async move {
            bell.hold();
            yield_now().await;
            match round {
                "ends" => {}
                "panics" => panic!("on purpose"),
                _ => pending().await,
            }
        });
        spawned.expect("the slot is free");
        assert_eq!((local.len(), local.tick(9).completed), (1, 0));
        assert_eq!(trace.take(), [""; 0]);
        match round {
            "ends" => assert_eq!(local.tick(9).completed, 1),
            "panics" => assert_eq!(panic_text(|| local.tick(9)), "on purpose"),
            _ => local.clear(),
        }
        assert_eq!(trace.take(), [format!("drop {round}")]);
        assert!(local.is_empty());
        assert_eq!(local.tick(9).polled, 0);
    }
}

#[test]
fn run_all_waits_for_what_tasks_spawn_and_ends_when_a_task_cancels_the_last() {
    let local = fresh::<4, 256>();
    let trace = Trace::new();
    let note = trace.clone();
    let spawning = local.spawn_detached(async move {
        yield_now().await;
        let inner = note.clone();
        let spawned = local.spawn_detached(async move {
            yield_now().await;
            inner.note("inner");
        });
        spawned.expect("room");
        note.note("outer");
    });
    spawning.expect("room");
    block_on(local.run_all());
    assert_eq!(trace.take(), ["outer", "inner"]);
    let waits: Task<()> = local.spawn(pending()).expect("room");
    let mut run = Box::pin(local.run_all());
    let wakes = Wakes::new();
    let waker = Waker::from(wakes.clone());
    assert!(poll(run.as_mut(), &waker).is_pending());
    let cancels = local.spawn_detached(async move { drop(waits) });
    cancels.expect("room");
    assert_eq!(wakes.take(), 1);
    assert!(poll(run.as_mut(), &waker).is_ready());
}

#[test]
fn a_stolen_right_is_the_same_as_the_one_that_was_taken_and_takes_what_was_not() {
    static TAKEN: Executor<2, 64> = Executor::new();
    static STOLEN: Executor<2, 64> = Executor::new();
    let taken = TAKEN.take().expect("taken once");
    // SAFETY: this thread has taken it.
    let stolen = unsafe { TAKEN.steal() };
    let task = taken.spawn(async { 3 }).expect("room");
    assert_eq!((stolen.len(), stolen.capacity()), (1, 2));
    assert_eq!(stolen.tick(9).completed, 1);
    assert_eq!(task.cancel(), Some(3));
    // SAFETY: nobody has taken it, and only this thread steals it.
    let first = unsafe { STOLEN.steal() };
    assert!(STOLEN.take().is_none(), "it counts as taken");
    let gate = Gate::new();
    let task = first.spawn(gate.pass(&Trace::new(), "")).expect("room");
    // SAFETY: as above.
    let again = || unsafe { STOLEN.steal() };
    assert_eq!(again().tick(9).polled, 1);
    assert_eq!(again().tick(9).polled, 0);
    // Wakes find the thread that has stolen it, and it keeps what is queued.
    gate.wake();
    assert!(again().has_ready());
    gate.wake_from_a_thread();
    gate.open();
    assert_eq!(again().tick(9).completed, 1);
    drop(task);
    assert!(first.is_empty());
}

fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

#[test]
fn a_caught_panic_needs_no_wrapper_around_the_executors_handles() {
    is_unwind_safe::<LocalExecutor<64>>();
    // Also where the output is not.
    is_unwind_safe::<Task<Rc<Cell<u8>>>>();
    let local = fresh::<2, 64>();
    let bad: Task<()> = local.spawn(async { panic!("on purpose") }).expect("room");
    let good = local.spawn(async { 5 }).expect("room");
    assert!(catch_unwind(|| local.tick(1)).is_err());
    assert!(catch_unwind(|| bad.is_finished()).expect("no panic"));
    assert!(catch_unwind(move || block_on(bad)).is_err());
    assert_eq!(block_on(local.run_until(good)), 5);
    assert!(local.is_empty());
}

/// Uses every slot of an executor: spawns, joins, wakes here and from a thread, and leaves.
fn use_all_slots<const TASKS: usize, const BYTES: usize>(
    executor: &'static Executor<TASKS, BYTES>,
) {
    let local = executor.take().expect("taken once");
    for _ in 0..2 {
        let gates: Vec<_> = (0..TASKS).map(|_| Gate::new()).collect();
        let trace = Trace::new();
        let mut tasks = Vec::new();
        for (n, gate) in gates.iter().enumerate() {
            assert_eq!((local.len(), local.is_empty()), (n, n == 0));
            tasks.push(local.spawn(gate.pass(&trace, "polled")).expect("room"));
        }
        assert_eq!((local.len(), local.capacity()), (TASKS, TASKS));
        assert!(local.spawn(async {}).is_err());
        assert_eq!(local.tick(usize::MAX).polled, TASKS);
        for gate in gates.iter().rev() {
            gate.wake();
        }
        assert_eq!(local.tick(usize::MAX).polled, TASKS);
        for gate in &gates {
            gate.wake_from_a_thread();
        }
        assert_eq!(local.tick(usize::MAX).polled, TASKS);
        // Each is joined by main, by its distance from the core.
        for gate in &gates {
            gate.open();
        }
        block_on(local.run_until(async {
            for (n, task) in tasks.into_iter().enumerate() {
                task.await;
                assert_eq!(local.len(), TASKS - 1 - n);
            }
        }));
        assert!(local.is_empty());
    }
}

#[test]
fn every_slot_of_executors_of_several_sizes_can_be_used() {
    static ONE: Executor<1, 64> = Executor::new();
    static EIGHT: Executor<8, 128> = Executor::new();
    static LARGE: Executor<40, 1000> = Executor::new();
    static MANY: Executor<300, 72> = Executor::new();
    use_all_slots(&ONE);
    use_all_slots(&EIGHT);
    use_all_slots(&LARGE);
    use_all_slots(&MANY);
}

#[test]
fn a_panic_in_the_drop_of_a_task_that_a_poll_has_cancelled_leaves_the_others() {
    let local = fresh::<3, 256>();
    let trace = Trace::new();
    let handle: Rc<Cell<Option<Task<()>>>> = Rc::default();
    let own = handle.clone();
    let bomb = AtDrop(|| panic!("in a drop"));
    // It cancels itself, and is dropped after its poll: that panics.
    let task = local.spawn(async move {
        let _bomb = bomb;
        drop(own.take());
        pending::<()>().await;
    });
    handle.set(Some(task.expect("room")));
    let gate = Gate::new();
    let other = local.spawn(gate.pass(&trace, "other")).expect("room");
    assert_eq!(panic_text(|| local.tick(9)), "in a drop");
    assert_eq!(local.len(), 1);
    assert_eq!(local.tick(9).polled, 1);
    gate.open();
    block_on(local.run_until(other));
    // The slot of the one that panicked has a tenant that can be cleared and cancelled.
    let next = local.spawn(hold_for_ever(trace.bell("next")));
    local.tick(9);
    trace.take();
    drop(next);
    assert_eq!(trace.take(), ["drop next"]);
    assert!(local.is_empty());
}

#[test]
fn a_task_that_panics_after_it_cancelled_itself_is_dropped_once_and_its_next_tenant_stays() {
    let local = fresh::<1, 256>();
    let trace = Trace::new();
    let handle: Rc<Cell<Option<Task<()>>>> = Rc::default();
    let own = handle.clone();
    let bell = trace.bell("future");
    let task = local.spawn(async move {
        bell.hold();
        drop(own.take());
        panic!("in a poll");
    });
    handle.set(Some(task.expect("room")));
    assert_eq!(panic_text(|| local.tick(9)), "in a poll");
    assert_eq!(trace.take(), ["drop future"]);
    assert!(local.is_empty());
    let gate = Gate::new();
    let next = local.spawn(gate.pass(&trace, "next")).expect("room");
    assert_eq!(local.tick(9).polled, 1);
    assert_eq!(local.len(), 1, "what was cancelled is not this one");
    drop(next);
    assert!(local.is_empty());
}
