//! `Signal`'s own source file, interrupted before each of its steps, by handlers that are
//! interrupted themselves: no value is lost or dropped twice, no cell is used by two, no wake is
//! missing.

#![allow(dead_code, unexpected_cfgs)] // The scripts use a part of it, and none of its features.

#[path = "../interrupts/atomic.rs"]
#[allow(unused_imports)]
mod atomic;
#[path = "../interrupts/machine.rs"]
mod machine;
#[rustfmt::skip] // It has a style of its own.
#[path = "../../executor/src/sync/signal.rs"]
#[allow(unreachable_pub)]
mod signal;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use machine::Interrupt;
use signal::{Signal, SignalWait};
use wakeful_tests::trace::{Wakes, poll};

/// A value that counts its drop.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A signal with room for three calls, one on top of another, and the count of its values.
#[derive(Default)]
struct World {
    signal: Signal<Token, 3>,
    made: Cell<usize>,
    dropped: Arc<AtomicUsize>,
    wait: RefCell<Option<Wait>>,
    wakes: Arc<Wakes>,
}

impl World {
    /// It lives on: handlers have it for as long as the plan lives.
    fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    fn set(&'static self) {
        self.made.set(self.made.get() + 1);
        let is_set = self.signal.set(Token(self.dropped.clone())).is_ok();
        assert!(is_set, "three calls have a cell each");
    }

    fn take(&'static self) {
        drop(self.signal.take());
    }

    /// Waits, unless a value is there; a task that is being polled is not polled inside that.
    fn poll(&'static self) {
        let Ok(mut wait) = self.wait.try_borrow_mut() else { return };
        if is_ready(wait.get_or_insert_with(|| self.signal.wait()), &self.wakes) {
            *wait = None;
        }
    }

    /// All values are gone but the one that is shown.
    fn is_sound(&self) -> bool {
        let left = self.made.get() - self.dropped.load(Ordering::Relaxed);
        left == usize::from(self.signal.is_set())
    }
}

type Work = fn(&'static World);

fn handler(world: &'static World, work: Work) -> Interrupt {
    Interrupt::Here(Rc::new(move || work(world)))
}

/// Follows the script with each plan: one handler at each step, and there another that may
/// interrupt the first, or a weak exchange that fails. The script returns [`machine::end`].
fn at_every_step(world: &'static World, [one, two]: [Work; 2], script: impl Fn() -> bool) {
    for at in 1.. {
        let mut is_over = false;
        for then in at + 1..at + 12 {
            for second in [handler(world, two), Interrupt::WeakFailure] {
                machine::begin([(at, handler(world, one)), (then, second)]);
                is_over |= script();
            }
        }
        if !is_over {
            assert!(at > 3, "only {at} steps: the machine counts too few");
            return;
        }
    }
}

#[test]
fn calls_that_interrupt_each_other_lose_no_value_and_no_cell() {
    let works: [Work; 3] = [World::set, World::take, World::poll];
    for number in 0..27 {
        let [main, one, two] = [1, 3, 9].map(|unit| works[number / unit % 3]);
        // The same for all steps: a cell that is lost is missed soon.
        let world = World::new();
        at_every_step(world, [one, two], || {
            world.set();
            main(world);
            let is_over = machine::end();
            assert!(world.is_sound());
            is_over
        });
        world.wait.take();
        world.take();
        assert!(world.is_sound() && !world.signal.is_set());
        assert_eq!(Arc::strong_count(&world.wakes), 1, "a waker is left");
    }
}

type Wait = SignalWait<'static, Token, 3>;

fn is_ready(wait: &mut Wait, count: &Arc<Wakes>) -> bool {
    poll(Pin::new(wait), &count.clone().into()).is_ready()
}

#[test]
fn a_waiter_that_is_interrupted_by_values_is_ready_or_woken_once() {
    let world = World::new();
    at_every_step(world, [World::set, World::set], || {
        let [old, new] = <[Arc<Wakes>; 2]>::default();
        let heard = || [&old, &new].map(|count| count.count());
        let mut wait = world.signal.wait();
        let was_ready = is_ready(&mut wait, &old) || is_ready(&mut wait, &new);
        let is_over = machine::end();
        if !was_ready {
            if world.signal.is_set() {
                assert_eq!(heard(), [0, 1], "it sleeps, and the value is there");
            } else {
                assert_eq!(heard(), [0, 0]);
                world.set();
                assert_eq!(heard(), [0, 1]);
            }
            assert!(is_ready(&mut wait, &new));
        }
        world.take();
        assert!(world.is_sound());
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
        is_over
    });
}
