//! `Signal`: the newest value wins, every value is dropped once, and one task waits.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::thread;

use wakeful_executor::sync::Signal;
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker};
use wakeful_tests::trace::{panic_text, poll};

/// A value that counts how many of its kind live.
struct Counted(usize, &'static AtomicUsize);

impl Counted {
    fn new(number: usize, alive: &'static AtomicUsize) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(number, alive)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn the_newest_value_replaces_the_older_ones_which_are_dropped() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let signal = Signal::<Counted, 1>::new(); // One cell suffices: the calls do not overlap.
    for number in 1..=5 {
        assert!(signal.set(Counted::new(number, &ALIVE)).is_ok());
        assert_eq!(ALIVE.load(Ordering::Relaxed), 1);
    }
    assert!(signal.is_set());
    assert_eq!(signal.take().map(|value| value.0), Some(5));
    assert!(signal.take().is_none());
    assert!(signal.set(Counted::new(6, &ALIVE)).is_ok());
    drop(signal);
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken_and_once_a_wait() {
    let log = WakeLog::default();
    let signal = Signal::<u8>::new();
    let mut wait = log.hand(1, signal.wait());
    for _ in 0..20 {
        assert_eq!(wait.poll(), None);
    }
    assert_eq!(log.take(), []); // However often it is polled, there is a cell for its waker.
    assert_eq!(signal.set(1), Ok(()));
    assert_eq!(signal.set(2), Ok(()));
    assert_eq!(log.take(), [(1, 20)]);
    assert_eq!(wait.poll(), Some(2));
    // It is done, and the seat is free, though it is not dropped yet.
    assert_eq!(log.hand(2, signal.wait()).poll(), None);
}

#[test]
fn a_dropped_wait_is_not_woken_and_leaves_the_value_and_the_seat() {
    let log = WakeLog::default();
    let signal = Signal::<u8>::new();
    let mut first = log.hand(1, signal.wait());
    assert_eq!(first.poll(), None);
    drop(first);
    assert_eq!(signal.set(7), Ok(()));
    assert_eq!(log.take(), []);
    let mut second = log.hand(2, signal.wait());
    assert_eq!(second.poll(), Some(7));
    // Woken, and dropped before it looked: the value stays for the next.
    let mut third = log.hand(3, signal.wait());
    assert_eq!(third.poll(), None);
    assert_eq!(signal.set(8), Ok(()));
    assert_eq!(log.take(), [(3, 1)]);
    drop(third);
    assert_eq!(signal.take(), Some(8));
}

#[test]
fn four_setters_and_a_taker_neither_lose_nor_double_a_value() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static SIGNAL: Signal<Counted, 5> = Signal::new();
    const EACH: usize = 5_000;
    let setters: Vec<_> = (0..4)
        .map(|setter| {
            thread::spawn(move || {
                for round in 0..EACH {
                    let value = Counted::new(setter * EACH + round, &ALIVE);
                    assert!(SIGNAL.set(value).is_ok(), "five cells suffice for five threads");
                }
            })
        })
        .collect();
    let mut last = [None; 4];
    while setters.iter().any(|setter| !setter.is_finished()) || SIGNAL.is_set() {
        if let Some(value) = SIGNAL.take() {
            let (setter, round) = (value.0 / EACH, value.0 % EACH);
            assert!(last[setter] < Some(round), "a setter's values came out of order");
            last[setter] = Some(round);
        }
    }
    for setter in setters {
        setter.join().expect("no set was refused");
    }
    assert!(last.contains(&Some(EACH - 1)), "the newest value of all was lost");
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
}

#[test]
fn a_second_task_that_was_refused_takes_nothing_from_the_first() {
    let log = WakeLog::default();
    let signal = Signal::<u8>::new();
    let mut first = log.hand(1, signal.wait());
    assert_eq!(first.poll(), None);
    for _ in 0..2 {
        let mut second = log.hand(2, signal.wait());
        let text = panic_text(|| second.poll());
        assert!(text.starts_with("two tasks wait for one `Signal`"), "{text}");
    } // Dropping the refused ones changes nothing either.
    assert_eq!(signal.set(5), Ok(()));
    assert_eq!(log.take(), [(1, 1)]);
    assert_eq!(first.poll(), Some(5));
    assert_eq!(log.hand(3, signal.wait()).poll(), None);
}

#[test]
fn a_wait_whose_waker_panics_while_it_is_cloned_can_be_dropped_or_polled_again() {
    let signal = Signal::<u8>::new();
    let bad = acting_waker(|event| assert_ne!(event, WakerEvent::Cloned, "on purpose"));
    let log = WakeLog::default();
    {
        let mut wait = pin!(signal.wait());
        panic_text(|| poll(wait.as_mut(), &bad));
        assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
        panic_text(|| poll(wait.as_mut(), &bad));
    }
    let mut next = log.hand(1, signal.wait());
    assert_eq!(next.poll(), None);
    assert_eq!(signal.set(9), Ok(()));
    assert_eq!(log.take(), [(1, 1)]);
    assert_eq!(next.poll(), Some(9));
}
