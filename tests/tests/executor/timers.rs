//! The timer queue beside its model (`models::timers_..`): what is full, a timeout, wakes that arm
//! again, and threads.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_executor::block_on;
use wakeful_executor::timers::{Sleep, TimeoutError, TimerQueue, TimersFull};
use wakeful_tests::hand::{WakeLog, on_wake};
use wakeful_tests::trace::poll;

#[test]
fn a_full_queue_says_so_and_has_room_again_when_a_sleep_is_dropped_or_done() {
    let log = WakeLog::default();
    let queue = TimerQueue::<2>::new();
    assert_eq!(queue.sleep_until(7).deadline(), 7);
    let mut one = log.hand(1, queue.sleep_until(1));
    let mut two = log.hand(2, queue.sleep_until(2));
    let mut three = log.hand(3, queue.sleep_until(3));
    assert_eq!((one.poll(), two.poll()), (None, None));
    assert_eq!(three.poll(), Some(Err(TimersFull)));
    assert_eq!(queue.len(), queue.capacity());
    drop(one);
    assert_eq!(log.hand(4, queue.sleep_until(4)).poll(), None); // And is dropped again.
    assert_eq!((queue.len(), queue.is_empty()), (1, false));
    assert_eq!(queue.expire(2), None);
    assert_eq!(queue.len(), 1); // Due, but its owner has not looked yet.
    assert_eq!(two.poll(), Some(Ok(())));
    assert!(queue.is_empty());
}

#[test]
fn a_timeout_prefers_the_result_and_needs_a_place_only_if_it_waits() {
    let log = WakeLog::default();
    let queue = TimerQueue::<1>::new();
    let mut waiting = log.hand(0, queue.timeout(7, pending::<()>()));
    assert_eq!(waiting.poll(), None);
    assert_eq!(log.hand(1, queue.timeout(7, ready("x"))).poll(), Some(Ok("x")));
    let mut refused = log.hand(2, queue.timeout(7, pending::<()>()));
    assert_eq!(refused.poll(), Some(Err(TimeoutError::Full)));
    assert_eq!(queue.expire(7), None);
    assert_eq!(waiting.poll(), Some(Err(TimeoutError::Elapsed)));
    // Both at once: the result counts.
    let is_there = Cell::new(false);
    let result = poll_fn(|_| if is_there.get() { Poll::Ready(8) } else { Poll::Pending });
    let mut both = log.hand(3, queue.timeout(9, result));
    assert_eq!(both.poll(), None);
    is_there.set(true);
    assert_eq!(queue.expire(9), None);
    assert_eq!(both.poll(), Some(Ok(8)));
    drop(both);
    assert!(queue.is_empty());
}

#[test]
fn an_expire_never_wakes_more_often_than_there_are_places() {
    static QUEUE: TimerQueue<3> = TimerQueue::new();
    thread_local!(static SLEEP: RefCell<Option<Sleep<'static>>> = const { RefCell::new(None) });
    static WAKES: AtomicU64 = AtomicU64::new(0);
    fn arm() {
        let mut sleep = QUEUE.sleep_until(0);
        let again = on_wake(|| {
            WAKES.fetch_add(1, Ordering::Relaxed);
            drop(SLEEP.take());
            arm();
        });
        assert!(poll(Pin::new(&mut sleep), &again).is_pending());
        SLEEP.set(Some(sleep));
    }
    arm();
    assert_eq!(QUEUE.expire(1), Some(0)); // Still due: call again.
    assert_eq!(WAKES.load(Ordering::Relaxed), 3);
    drop(SLEEP.take());
    assert!(QUEUE.is_empty());
}

#[test]
fn sleeps_armed_and_dropped_while_another_thread_expires_are_neither_lost_nor_leaked() {
    static TIMERS: TimerQueue<8> = TimerQueue::new();
    static NOW: AtomicU64 = AtomicU64::new(0);
    static DONE: AtomicBool = AtomicBool::new(false);
    let clock = thread::spawn(|| {
        while !DONE.load(Ordering::Relaxed) {
            TIMERS.expire(NOW.fetch_add(1, Ordering::Relaxed));
        }
    });
    let sleepers: Vec<_> = (0..3)
        .map(|sleeper| {
            thread::spawn(move || {
                let log = WakeLog::default();
                for round in 0..2_000 {
                    let now = NOW.load(Ordering::Relaxed);
                    // One that is dropped, often just when it is due; and one that is awaited.
                    let mut dropped = log.hand(0, TIMERS.sleep_until(now + round % 3));
                    assert!(matches!(dropped.poll(), None | Some(Err(TimersFull))));
                    let deadline = now + (round + sleeper) % 5;
                    let slept = block_on(TIMERS.sleep_until(deadline));
                    let is_late = NOW.load(Ordering::Relaxed) > deadline;
                    assert!(is_late || slept.is_err(), "woken before its time");
                }
            })
        })
        .collect();
    for sleeper in sleepers {
        sleeper.join().expect("no sleep ended early");
    }
    DONE.store(true, Ordering::Relaxed);
    clock.join().expect("expire does not panic");
    assert!(TIMERS.is_empty());
}
