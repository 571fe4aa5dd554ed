//! The timer queue's own source files, interrupted before each of their steps: by an `expire` while
//! an owner arms, polls or drops, and by owners while `expire` runs.

#![allow(dead_code, unexpected_cfgs)] // The scripts use a part of it, and none of its features.

#[path = "../interrupts/atomic.rs"]
#[allow(unused_imports)]
mod atomic;
#[path = "../interrupts/machine.rs"]
mod machine;
#[rustfmt::skip] // It has a style of its own.
#[path = "../../executor/src/timers/mod.rs"]
#[allow(unreachable_pub, unused_imports)]
mod timers;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use machine::Interrupt;
use timers::{Sleep, TimerQueue, TimersFull};
use wakeful_tests::trace::{self, Wakes};

type Slept = Option<Result<(), TimersFull>>;

fn poll(sleep: &mut Sleep<'_>, count: &Arc<Wakes>) -> Slept {
    match trace::poll(Pin::new(sleep), &count.clone().into()) {
        Poll::Ready(slept) => Some(slept),
        Poll::Pending => None,
    }
}

/// A queue of each run's own: handlers live as long as the plan, and it must outlive them.
fn queue<const N: usize>() -> &'static TimerQueue<N> {
    Box::leak(Box::default())
}

/// A sleep, armed with a count of its own.
fn armed(
    queue: &'static TimerQueue<2>,
    deadline: u64,
) -> (Rc<RefCell<Option<Sleep<'static>>>>, Arc<Wakes>) {
    let count = Arc::default();
    let mut sleep = queue.sleep_until(deadline);
    assert_eq!(poll(&mut sleep, &count), None);
    (Rc::new(RefCell::new(Some(sleep))), count)
}

/// Follows the script with the handler at its first step, at its second, and so on to its last.
/// The script calls [`machine::begin`] with its argument, and returns [`machine::end`].
fn at_every_step(script: impl Fn(usize) -> bool) {
    let mut at = 1;
    while script(at) {
        at += 1;
    }
    assert!(at > 5, "only {at} steps: the machine counts too few");
}

#[test]
fn a_sleep_dropped_inside_expire_gives_its_place_back_and_its_neighbour_is_woken() {
    for name in [0, 1] {
        at_every_step(|at| {
            let queue = queue::<2>();
            let sleeps = [armed(queue, 4), armed(queue, 5)];
            let (other, heard) = &sleeps[1 - name];
            let dropped = sleeps[name].0.clone();
            let handler = move || drop(dropped.take());
            machine::begin([(at, Interrupt::Here(Rc::new(handler)))]);
            queue.expire(5);
            let is_over = machine::end();
            sleeps[name].0.take();
            assert_eq!(heard.count(), 1, "the neighbour, at step {at}");
            assert_eq!(queue.len(), 1, "a place is lost at step {at}");
            let mut other = other.take().expect("only the first is dropped");
            assert_eq!(poll(&mut other, heard), Some(Ok(())));
            assert!(queue.is_empty());
            assert!(sleeps.iter().all(|(_, count)| Arc::strong_count(count) == 1));
            is_over
        });
    }
}

#[test]
fn two_that_arm_at_once_never_share_a_place() {
    at_every_step(|at| {
        let queue = queue::<1>();
        let [mine, others] = <[Arc<Wakes>; 2]>::default();
        let other = Rc::new(RefCell::new(None));
        let handler = {
            let (other, others) = (other.clone(), others.clone());
            move || {
                let was_free = queue.is_empty();
                let mut sleep = queue.sleep_until(3);
                let slept = poll(&mut sleep, &others);
                let expected = (!was_free).then_some(Err(TimersFull));
                assert_eq!(slept, expected, "at step {at}");
                *other.borrow_mut() = was_free.then_some(sleep);
            }
        };
        machine::begin([(at, Interrupt::Here(Rc::new(handler)))]);
        let mut sleep = queue.sleep_until(3);
        if poll(&mut sleep, &mine).is_none() {
            assert!(other.borrow().is_none(), "both have it at step {at}");
            assert_eq!(poll(&mut sleep, &mine), None);
        }
        drop(sleep);
        let is_over = machine::end();
        assert_eq!(queue.expire(3), None);
        let has_place = usize::from(other.borrow().is_some());
        assert_eq!((mine.count(), others.count()), (0, has_place), "at step {at}");
        other.take();
        assert!(queue.is_empty());
        is_over
    });
}

#[test]
fn a_handler_that_asks_for_the_next_deadline_learns_it_or_is_told_to_ask_again() {
    at_every_step(|at| {
        let queue = queue::<2>();
        let (_late, _) = armed(queue, 7);
        let seen = Rc::new(Cell::new(None));
        let handler = {
            let seen = seen.clone();
            move || seen.set(Some((queue.len(), queue.next_deadline())))
        };
        let count = Arc::default();
        let mut sleep = queue.sleep_until(5);
        machine::begin([(at, Interrupt::Here(Rc::new(handler)))]);
        assert_eq!(poll(&mut sleep, &count), None);
        assert_eq!(poll(&mut sleep, &count), None);
        drop(sleep);
        let is_over = machine::end();
        if let Some(seen) = seen.get() {
            let possible = [(1, Some(7)), (2, Some(5)), (2, Some(0))];
            assert!(possible.contains(&seen), "{seen:?} at step {at}");
        }
        assert_eq!(queue.next_deadline(), Some(7));
        assert_eq!(count.count(), 0);
        is_over
    });
}
