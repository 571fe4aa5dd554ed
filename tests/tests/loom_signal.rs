//! `Signal` under every interleaving of a setter or two with the task that waits.

#![cfg(feature = "loom")]
#![allow(unexpected_cfgs)] // The features of the crate whose files are compiled here.

#[rustfmt::skip] // It has a style of its own.
#[path = "../../executor/src/sync/signal.rs"]
#[allow(dead_code, unreachable_pub)]
mod signal;

mod atomic {
    pub(crate) use wakeful_tests::loom_atomic::*;
}

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use signal::Signal;
// Not the checker's: counting is not what is checked.
use wakeful_tests::trace::{Wakes, poll};

/// A value that counts its drop.
struct Dropped(usize, &'static AtomicUsize);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// Checks all interleavings in which threads are interrupted up to `times` times.
fn check(times: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(times);
    builder.check(model);
}

fn shared<T, const CELLS: usize>() -> loom::sync::Arc<Signal<T, CELLS>> {
    let signal = Signal::new();
    assert!(!signal.is_set()); // The checker knows the word from here on.
    loom::sync::Arc::new(signal)
}

#[test]
fn a_value_set_while_the_task_begins_to_wait_is_received() {
    check(3, || {
        let signal = shared::<u8, 2>();
        let setter = loom::thread::spawn({
            let signal = signal.clone();
            move || assert_eq!(signal.set(7), Ok(()))
        });
        // The checker finds out if this sleeps for ever.
        assert_eq!(loom::future::block_on(signal.wait()), 7);
        setter.join().expect("the setter does not panic");
        assert!(!signal.is_set());
    });
}

#[test]
fn of_two_setters_neither_is_refused_and_every_value_is_dropped_once() {
    check(3, || {
        let dropped: &'static AtomicUsize = Box::leak(Box::default());
        let signal = shared::<Dropped, 3>();
        let setters = [1, 2].map(|number| {
            let signal = signal.clone();
            loom::thread::spawn(move || assert!(signal.set(Dropped(number, dropped)).is_ok()))
        });
        let first = signal.take().map(|value| value.0);
        for setter in setters {
            setter.join().expect("the setter does not panic");
        }
        let last = signal.take().map(|value| value.0);
        assert_ne!(first, last, "a value was received twice, or none at all");
        assert!(last.is_some() || first.is_some());
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn while_a_newer_value_is_being_set_the_older_can_be_taken() {
    check(3, || {
        let signal = shared::<u8, 2>();
        assert_eq!(signal.set(1), Ok(()));
        let setter = loom::thread::spawn({
            let signal = signal.clone();
            move || assert_eq!(signal.set(2), Ok(()))
        });
        let first = signal.take();
        setter.join().expect("the setter does not panic");
        assert!(matches!((first, signal.take()), (Some(1), Some(2)) | (Some(2), None)));
    });
}

#[test]
fn the_newest_value_of_one_setter_wins_and_the_task_hears_of_it() {
    check(2, || {
        let signal = shared::<u8, 2>();
        let setter = loom::thread::spawn({
            let signal = signal.clone();
            move || {
                assert_eq!(signal.set(1), Ok(()));
                assert_eq!(signal.set(2), Ok(()));
            }
        });
        let mut last = 0;
        while last != 2 {
            let next = loom::future::block_on(signal.wait());
            assert!(next > last, "an older value after a newer one");
            last = next;
        }
        setter.join().expect("the setter does not panic");
    });
}

#[test]
fn a_wait_that_is_polled_again_or_dropped_leaves_nothing_behind() {
    check(3, || {
        let signal = shared::<u8, 2>();
        let count = Wakes::new();
        let setter = loom::thread::spawn({
            let signal = signal.clone();
            move || assert_eq!(signal.set(7), Ok(()))
        });
        let received = {
            let mut wait = pin!(signal.wait());
            let stale = Wakes::new().into();
            match poll(wait.as_mut(), &stale) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => match poll(wait, &count.clone().into()) {
                    Poll::Ready(value) => Some(value),
                    Poll::Pending => None,
                },
            }
        };
        setter.join().expect("the setter does not panic");
        let left = loom::future::block_on(async {
            if received.is_none() { Some(signal.wait().await) } else { signal.take() }
        });
        assert_eq!(received.or(left), Some(7));
        assert!(received.is_none() || left.is_none());
        // All wakers are gone, but for this one.
        assert_eq!(std::sync::Arc::strong_count(&count), 1);
    });
}
