//! A timer queue's slots under every interleaving of their owner with those who expire them.

#![cfg(feature = "loom")]
#![allow(unexpected_cfgs)] // The features of the crate whose files are compiled here.

#[rustfmt::skip] // It has a style of its own.
#[path = "../../executor/src/timers/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod timers;

mod atomic {
    pub(crate) use wakeful_tests::loom_atomic::*;
}

use std::pin::Pin;
use std::task::Poll;

use loom::sync::Arc;
use timers::{Sleep, TimerQueue};
// Not the checker's: counting is not what is checked.
use wakeful_tests::trace::{Wakes, poll};

fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn shared<const N: usize>() -> Arc<TimerQueue<N>> {
    let queue = TimerQueue::new();
    {
        // Every slot is used once, so that the checker knows all its parts from here on.
        let count = Wakes::new();
        let mut sleeps = [const { None }; N];
        for sleep in &mut sleeps {
            assert!(!is_ready(sleep.insert(queue.sleep_until(0)), &count));
        }
    }
    assert!(queue.is_empty());
    Arc::new(queue)
}

fn is_ready(sleep: &mut Sleep<'_>, count: &std::sync::Arc<Wakes>) -> bool {
    matches!(poll(Pin::new(sleep), &count.clone().into()), Poll::Ready(Ok(())))
}

/// Calls `expire(5)` elsewhere; the result is when it wants to be called again.
fn expire_elsewhere<const N: usize>(
    queue: &Arc<TimerQueue<N>>,
) -> loom::thread::JoinHandle<Option<u64>> {
    let queue = queue.clone();
    loom::thread::spawn(move || queue.expire(5))
}

#[test]
fn the_waker_of_the_last_poll_hears_or_expire_asks_to_be_called_again() {
    check(|| {
        let queue = shared::<2>();
        let (old, new) = (Wakes::new(), Wakes::new());
        let mut sleep = queue.sleep_until(5);
        assert!(!is_ready(&mut sleep, &old));
        let expirer = expire_elsewhere(&queue);
        let was_ready = is_ready(&mut sleep, &new);
        let again = expirer.join().expect("expire does not panic");
        if !was_ready {
            assert!(new.count() == 1 || again == Some(6), "the wake is lost");
            queue.expire(6);
            assert!(is_ready(&mut sleep, &new));
        }
        assert!(queue.is_empty());
        assert!(old.count() + new.count() <= 1);
        assert_eq!(std::sync::Arc::strong_count(&old), 1);
        assert_eq!(std::sync::Arc::strong_count(&new), 1);
    });
}

#[test]
fn a_sleep_dropped_while_it_fires_gives_its_place_back() {
    check(|| {
        let queue = shared::<1>();
        let count = Wakes::new();
        let mut sleep = queue.sleep_until(5);
        assert!(!is_ready(&mut sleep, &count));
        let expirer = expire_elsewhere(&queue);
        drop(sleep);
        assert!(matches!(expirer.join().expect("expire does not panic"), None | Some(6)));
        assert!(queue.is_empty());
        assert_eq!(std::sync::Arc::strong_count(&count), 1);
        // The next tenant finds it as new.
        let mut sleep = queue.sleep_until(9);
        assert!(!is_ready(&mut sleep, &count));
        assert_eq!(queue.expire(8), Some(9));
        assert_eq!(queue.expire(9), None);
        assert!(is_ready(&mut sleep, &count));
    });
}

#[test]
fn the_next_tenant_of_a_slot_is_not_taken_for_the_last() {
    check(|| {
        let queue = shared::<1>();
        let (first, second) = (Wakes::new(), Wakes::new());
        let mut early = queue.sleep_until(5);
        assert!(!is_ready(&mut early, &first));
        let expirer = expire_elsewhere(&queue);
        drop(early);
        // Both halves of this deadline differ from the other's.
        let mut late = queue.sleep_until(1 << 32 | 9);
        let is_late = is_ready(&mut late, &second);
        assert!(!is_late);
        let again = expirer.join().expect("expire does not panic");
        assert!(matches!(again, None | Some(6) | Some(0x1_0000_0009)), "{again:?}");
        assert_eq!(second.count(), 0, "woken before its time");
        drop(late);
        assert!(queue.is_empty());
    });
}

#[test]
fn two_that_expire_at_once_wake_once() {
    check(|| {
        let queue = shared::<2>();
        let (one, two) = (Wakes::new(), Wakes::new());
        let (mut first, mut second) = (queue.sleep_until(4), queue.sleep_until(5));
        assert!(!is_ready(&mut first, &one));
        assert!(!is_ready(&mut second, &two));
        let expirer = expire_elsewhere(&queue);
        queue.expire(5);
        expirer.join().expect("expire does not panic");
        assert_eq!((one.count(), two.count()), (1, 1));
        assert!(is_ready(&mut first, &one) && is_ready(&mut second, &two));
        assert!(queue.is_empty());
    });
}

#[test]
fn two_tasks_that_arm_at_once_get_a_place_each() {
    check(|| {
        let queue = shared::<2>();
        let other = loom::thread::spawn({
            let queue = queue.clone();
            move || {
                let count = Wakes::new();
                let mut sleep = queue.sleep_until(3);
                assert!(!is_ready(&mut sleep, &count));
                queue.expire(2);
                assert_eq!(count.count(), 0);
            }
        });
        let count = Wakes::new();
        let mut sleep = queue.sleep_until(4);
        assert!(!is_ready(&mut sleep, &count), "there is a place for each");
        assert_eq!(count.count(), 0);
        other.join().expect("the other does not panic");
        assert_eq!(queue.expire(4), None);
        assert!(is_ready(&mut sleep, &count));
    });
}

#[test]
fn the_next_owner_on_another_thread_finds_the_slot_empty() {
    check(|| {
        let queue = shared::<1>();
        let count = Wakes::new();
        let mut sleep = queue.sleep_until(5);
        assert!(!is_ready(&mut sleep, &count));
        let expirer = expire_elsewhere(&queue);
        let next = loom::thread::spawn({
            let queue = queue.clone();
            move || {
                // Unless it is full still, it takes the slot over: from the last owner, if that one
                // came late, or from the expirer. The checker finds out if it came too early.
                let count = Wakes::new();
                let mut sleep = queue.sleep_until(9);
                let _ = is_ready(&mut sleep, &count);
                drop(sleep);
                assert_eq!(count.count(), 0);
            }
        });
        drop(sleep);
        expirer.join().expect("expire does not panic");
        next.join().expect("the next owner does not panic");
        assert!(queue.is_empty());
        assert_eq!(std::sync::Arc::strong_count(&count), 1);
    });
}
