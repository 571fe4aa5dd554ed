//! Each test is a script that the executor's owner follows, repeated with an interrupt at its first
//! step, at its second, and so on to its last: promise 3, for handlers on the same thread.

use std::rc::Rc;

use crate::machine::{self, Interrupt};
use crate::world::{MAIN, World, judge};

/// A handler that wakes the task of this name.
fn waking(world: &Rc<World>, name: usize) -> Rc<dyn Fn()> {
    let world = world.clone();
    Rc::new(move || world.wake(name))
}

/// What the owner does.
struct Script<F> {
    work: F,
    /// Whether order can be demanded: who runs the executor in a poll may find itself requeued.
    ordered: bool,
}

/// Follows the script under a plan; whether the plan was carried out.
fn follow<F: Fn(&Rc<World>)>(
    world: &Rc<World>,
    script: &Script<F>,
    plan: Vec<(usize, Interrupt)>,
) -> bool {
    let steps: Vec<_> = plan.iter().map(|entry| entry.0).collect();
    world.reset();
    machine::begin(plan);
    (script.work)(world);
    world.settle();
    let is_over = machine::end();
    if let Err(why) = judge(&world.log.borrow(), script.ordered) {
        panic!(
            "{why}, with interrupts at {steps:?}: {:?}",
            world.log.borrow()
        );
    }
    world.drop_other();
    world.settle();
    let sound = world.is_sound();
    assert!(
        sound,
        "interrupts at {steps:?} left {:?}",
        world.log.borrow()
    );
    is_over
}

/// Follows the script once for each of its steps, and for each pair that is not far apart, so that
/// handlers interrupt each other too.
fn at_every_step(targets: [usize; 2], work: impl Fn(&Rc<World>)) {
    let ordered = true;
    repeat(targets, &Script { work, ordered });
}

fn repeat<F: Fn(&Rc<World>)>(targets: [usize; 2], script: &Script<F>) {
    const APART: usize = 40;
    let world = &World::new();
    let mut steps = 0;
    for name in targets {
        let wakes = || waking(world, name);
        for at in 1.. {
            let here = follow(world, script, vec![(at, Interrupt::Here(wakes()))]);
            follow(world, script, vec![(at, Interrupt::Elsewhere(wakes()))]);
            follow(world, script, vec![(at, Interrupt::WeakFailure)]);
            if !here {
                steps = steps.max(at);
                break;
            }
        }
    }
    assert!(steps > 10, "only {steps} steps: the machine counts too few");
    let [one, other] = targets.map(|name| waking(world, name));
    for first in [Interrupt::Here(one.clone()), Interrupt::Elsewhere(one)] {
        for at in 1..steps {
            for then in at..at + APART {
                let second = Interrupt::Here(other.clone());
                if !follow(world, script, vec![(at, first.clone()), (then, second)]) {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_run_interrupted_at_every_step_on_its_way_to_sleep_polls_whom_the_handler_woke() {
    for targets in [[0, 1], [MAIN, 0], [2, 2]] {
        at_every_step(targets, |world| world.poll_run(0));
    }
}

#[test]
fn wakes_interrupted_at_every_step_stay_in_order() {
    for targets in [[2, 0], [0, 2], [MAIN, 1]] {
        at_every_step(targets, |world| {
            world.wake(0);
            world.wake(1);
            world.wake(MAIN);
        });
    }
}

#[test]
fn turns_interrupted_at_every_step_lose_and_reorder_nothing() {
    // A turn leaves main's poll to the run, so main is not woken here.
    for targets in [[2, 1], [0, 0], [1, 2]] {
        at_every_step(targets, |world| {
            world.wake(0);
            world.local.tick(1);
            world.wake(1);
            world.wake(0);
            world.local.tick(9);
            world.poll_run(0);
        });
    }
}

#[test]
fn polls_that_wake_interrupted_at_every_step_lose_and_reorder_nothing() {
    for targets in [[2, 0], [1, MAIN]] {
        at_every_step(targets, |world| {
            world.extras.borrow_mut()[0] = Some(Rc::new(|world: &Rc<World>| {
                world.wake(0);
                world.wake(1);
            }));
            world.wake(0);
        });
    }
}

#[test]
fn a_turn_inside_a_poll_interrupted_at_every_step_loses_nothing() {
    for targets in [[0, 1], [2, 0]] {
        let work = |world: &Rc<World>| {
            world.extras.borrow_mut()[0] = Some(Rc::new(|world: &Rc<World>| {
                world.wake(1);
                world.wake(0);
                world.local.tick(2);
            }));
            world.wake(0);
        };
        let ordered = false;
        repeat(targets, &Script { work, ordered });
    }
}

#[test]
fn slots_that_change_tenants_interrupted_at_every_step_keep_queue_and_order() {
    for targets in [[0, 2], [2, 3], [1, 0]] {
        at_every_step(targets, |world| {
            world.wake(0);
            world.cancel(0);
            world.wake(1);
            world.spawn(3);
        });
    }
}

#[test]
fn a_full_executor_that_sweeps_its_queue_interrupted_at_every_step_keeps_it_whole() {
    for targets in [[0, 2], [2, 1], [3, MAIN]] {
        at_every_step(targets, |world| {
            for name in [0, 1, 2] {
                world.wake(name);
            }
            world.cancel(0);
            world.cancel(1);
            world.spawn(3);
            world.spawn(4);
        });
    }
}

#[test]
fn a_parent_replaced_while_interrupted_at_every_step_is_told() {
    for targets in [[0, 1], [MAIN, 0]] {
        at_every_step(targets, |world| {
            world.poll_run(1);
            world.wake(0);
            world.poll_run(0);
        });
    }
}

#[test]
fn a_run_that_ends_interrupted_at_every_step_leaves_the_wakes_to_the_next() {
    for targets in [[0, 1], [2, 0]] {
        at_every_step(targets, |world| {
            world.wake(1);
            world.drop_run();
            world.poll_run(1);
        });
    }
}

#[test]
fn two_runs_under_two_parents_interrupted_at_every_step_each_hear_what_concerns_them() {
    for targets in [[MAIN, 0], [0, MAIN], [2, 1]] {
        let work = |world: &Rc<World>| {
            world.poll_other();
            world.wake(1);
            world.settle();
            world.wake(MAIN);
            world.poll_run(0);
        };
        // The mains have one turn between them, and each is polled when its parent comes to it.
        let ordered = false;
        repeat(targets, &Script { work, ordered });
    }
}

#[test]
fn of_two_runs_one_that_ends_interrupted_at_every_step_leaves_the_wakes_to_the_other() {
    for targets in [[0, MAIN], [MAIN, 2]] {
        let work = |world: &Rc<World>| {
            world.poll_other();
            world.poll_run(0);
            world.wake(1);
            world.drop_other();
        };
        let ordered = false;
        repeat(targets, &Script { work, ordered });
    }
}
