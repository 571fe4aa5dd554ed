//! The timer queue's promises, by what is woken when.

use std::cell::RefCell;
use std::future::{pending, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::thread;

use wakeful_executor::timers::{Sleep, TimeoutError, TimerQueue, TimersFull};
use wakeful_executor::{Executor, Park, block_on, block_on_with};
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker};

#[test]
fn sleeps_end_in_the_order_of_their_deadlines_and_ties_in_that_of_their_first_polls() {
    let log = WakeLog::default();
    let queue = TimerQueue::<5>::new();
    let mut sleeps: Vec<_> = [30, 10, 20, 10, 30]
        .into_iter()
        .enumerate()
        .map(|(name, deadline)| log.hand(name, queue.sleep_until(deadline)))
        .collect();
    // Polled from the last to the first: that is the order among equals.
    for sleep in sleeps.iter_mut().rev() {
        assert_eq!(sleep.poll(), None);
    }
    assert_eq!(queue.expire(9), Some(10));
    assert_eq!(log.names(), []);
    assert_eq!(queue.expire(10), Some(20));
    assert_eq!(log.names(), [3, 1]);
    assert_eq!(queue.expire(1000), None);
    assert_eq!(log.names(), [2, 4, 0]);
    for sleep in &mut sleeps {
        assert_eq!(sleep.poll(), Some(Ok(())));
    }
    assert!(queue.is_empty());
}

#[test]
fn a_sleep_knows_its_deadline_before_and_after_it() {
    let queue = TimerQueue::<1>::new();
    let mut sleep = queue.sleep_until(7);
    assert_eq!(sleep.deadline(), 7);
    let slept =
        |sleep: &mut Sleep<'_>| Pin::new(sleep).poll(&mut Context::from_waker(Waker::noop()));
    assert!(slept(&mut sleep).is_pending());
    assert_eq!(queue.expire(7), None);
    assert!(slept(&mut sleep).is_ready());
    assert_eq!(sleep.deadline(), 7);
}

#[test]
fn a_deadline_that_has_passed_is_met_by_the_next_expire() {
    let log = WakeLog::default();
    let queue = TimerQueue::<1>::new();
    assert_eq!(queue.expire(100), None);
    let mut sleep = log.hand(0, queue.sleep_until(3));
    assert_eq!(sleep.poll(), None);
    assert_eq!(queue.expire(100), None);
    assert_eq!(log.names(), [0]);
    assert_eq!(sleep.poll(), Some(Ok(())));
}

#[test]
fn a_full_queue_says_so_and_has_room_again_when_a_sleep_is_dropped_or_done() {
    let log = WakeLog::default();
    let queue = TimerQueue::<2>::new();
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
    assert_eq!(TimersFull.to_string(), "all slots of the timer queue are in use");
}

#[test]
fn a_dropped_sleep_wakes_nobody_and_forgets_its_waker() {
    let log = WakeLog::default();
    let queue = TimerQueue::<2>::new();
    let gone = Rc::new(RefCell::new(Vec::new()));
    let waker = acting_waker({
        let gone = gone.clone();
        move |event| gone.borrow_mut().push(event)
    });
    let mut sleep = queue.sleep_until(1);
    assert!(Pin::new(&mut sleep).poll(&mut Context::from_waker(&waker)).is_pending());
    let mut other = log.hand(0, queue.sleep_until(1));
    assert_eq!(other.poll(), None);
    drop(sleep);
    assert_eq!(*gone.borrow(), [WakerEvent::Cloned, WakerEvent::Dropped]);
    assert_eq!(queue.expire(1), None);
    assert_eq!(log.names(), [0]);
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    let log = WakeLog::default();
    let queue = TimerQueue::<1>::new();
    let mut sleep = log.hand(0, queue.sleep_until(5));
    for _ in 0..3 {
        assert_eq!(sleep.poll(), None);
    }
    assert_eq!(queue.expire(5), None);
    assert_eq!(log.take(), [(0, 3)]);
    assert_eq!(queue.expire(6), None);
    assert_eq!(log.take(), []);
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
    let flag = AtomicBool::new(false);
    let result = std::future::poll_fn(|_| {
        if flag.load(Ordering::Relaxed) { ready(8).poll_now() } else { std::task::Poll::Pending }
    });
    let mut both = log.hand(3, queue.timeout(9, result));
    assert_eq!(both.poll(), None);
    flag.store(true, Ordering::Relaxed);
    assert_eq!(queue.expire(9), None);
    assert_eq!(both.poll(), Some(Ok(8)));
    drop(both);
    assert!(queue.is_empty());
}

/// Polls a future that is ready.
trait PollNow: Future + Sized {
    fn poll_now(self) -> std::task::Poll<Self::Output> {
        std::pin::pin!(self).poll(&mut Context::from_waker(Waker::noop()))
    }
}

impl<F: Future> PollNow for F {}

/// Arms a sleep in place, as foreign code inside a wake may.
fn arm(sleep: &mut Option<Sleep<'static>>, queue: &'static TimerQueue<3>, waker: &Waker) {
    let sleep = sleep.insert(queue.sleep_until(0));
    assert!(Pin::new(sleep).poll(&mut Context::from_waker(waker)).is_pending());
}

#[test]
fn an_expire_whose_wakes_arm_again_at_once_ends_and_asks_to_be_called_again() {
    static QUEUE: TimerQueue<3> = TimerQueue::new();
    let wakes = Rc::new(RefCell::new(0));
    let sleep = Rc::new(RefCell::new(None));
    let eager = acting_waker({
        let (wakes, sleep) = (wakes.clone(), sleep.clone());
        move |event| {
            if event == WakerEvent::Woken {
                *wakes.borrow_mut() += 1;
                let again = acting_waker({
                    let wakes = wakes.clone();
                    move |event| *wakes.borrow_mut() += usize::from(event == WakerEvent::Woken)
                });
                drop(sleep.take());
                arm(&mut sleep.borrow_mut(), &QUEUE, &again);
            }
        }
    });
    arm(&mut sleep.borrow_mut(), &QUEUE, &eager);
    assert_eq!(QUEUE.expire(1), None);
    assert_eq!(*wakes.borrow(), 2);
    assert_eq!(QUEUE.len(), 1);
}

#[test]
fn an_expire_never_wakes_more_often_than_there_are_places() {
    static QUEUE: TimerQueue<3> = TimerQueue::new();
    thread_local!(static SLEEP: RefCell<Option<Sleep<'static>>> = const { RefCell::new(None) });
    static WAKES: AtomicU64 = AtomicU64::new(0);
    fn endless() -> Waker {
        acting_waker(|event| {
            if event == WakerEvent::Woken {
                WAKES.fetch_add(1, Ordering::Relaxed);
                drop(SLEEP.take());
                SLEEP.with_borrow_mut(|sleep| arm(sleep, &QUEUE, &endless()));
            }
        })
    }
    SLEEP.with_borrow_mut(|sleep| arm(sleep, &QUEUE, &endless()));
    assert_eq!(QUEUE.expire(1), Some(0)); // Still due: call again.
    assert_eq!(WAKES.load(Ordering::Relaxed), 3);
    drop(SLEEP.take());
    assert!(QUEUE.is_empty());
}

#[test]
fn a_wake_may_drop_the_other_sleeps_that_are_due() {
    static QUEUE: TimerQueue<3> = TimerQueue::new();
    let others = Rc::new(RefCell::new(Vec::new()));
    let killer = acting_waker({
        let others = others.clone();
        move |event| {
            if event == WakerEvent::Woken {
                others.take();
            }
        }
    });
    let never = acting_waker(|event| assert_ne!(event, WakerEvent::Woken));
    let mut first = None;
    arm(&mut first, &QUEUE, &killer);
    for _ in 0..2 {
        let mut other = None;
        arm(&mut other, &QUEUE, &never);
        others.borrow_mut().extend(other);
    }
    assert_eq!(QUEUE.expire(0), None);
    assert_eq!(QUEUE.len(), 1);
}

#[test]
fn a_far_deadline_outlives_four_million_later_armings() {
    // Not the 2^29 after which tickets come round: the model checks order, this that none is lost.
    let log = WakeLog::default();
    let queue = TimerQueue::<2>::new();
    let mut far = log.hand(0, queue.sleep_until(u64::MAX));
    assert_eq!(far.poll(), None);
    for tick in 0..4_000_000 {
        let mut near = queue.sleep_until(tick);
        let _ = Pin::new(&mut near).poll(&mut Context::from_waker(Waker::noop()));
    }
    assert_eq!(queue.expire(u64::MAX - 1), Some(u64::MAX));
    assert_eq!(queue.expire(u64::MAX), None);
    assert_eq!(far.poll(), Some(Ok(())));
}

#[test]
fn the_idle_hook_drives_the_queue_in_virtual_time() {
    static EXECUTOR: Executor<4, 256> = Executor::new();
    static TIMERS: TimerQueue<4> = TimerQueue::new();
    static NOW: AtomicU64 = AtomicU64::new(0);

    /// Jumps to the next deadline whenever there is nothing to do.
    struct Jump(AtomicBool);

    impl Park for Jump {
        fn park(&self) {
            let mut next = TIMERS.expire(NOW.load(Ordering::Relaxed));
            while !self.0.swap(false, Ordering::Acquire) {
                let now = next.expect("somebody sleeps");
                NOW.store(now, Ordering::Relaxed);
                next = TIMERS.expire(now);
            }
        }

        fn unpark(&self) {
            self.0.store(true, Ordering::Release);
        }
    }

    static JUMP: Jump = Jump(AtomicBool::new(false));
    let local = EXECUTOR.take().expect("taken once");
    let trace = Rc::new(RefCell::new(Vec::new()));
    let tasks: Vec<_> = [(1, 300), (2, 200), (3, 100)]
        .into_iter()
        .map(|(name, period)| {
            let trace = trace.clone();
            let task = local.spawn(async move {
                for round in 1..=2 {
                    TIMERS.sleep_until(round * period).await.expect("four places");
                    trace.borrow_mut().push((NOW.load(Ordering::Relaxed), name));
                }
            });
            task.expect("four slots")
        })
        .collect();
    let all = async {
        for task in tasks {
            task.await;
        }
    };
    block_on_with(local.run_until(all), &JUMP);
    // At 200, task 2 armed first; at 300, only 1; 2 and 1 sleep on to 400 and 600.
    assert_eq!(*trace.borrow(), [(100, 3), (200, 2), (200, 3), (300, 1), (400, 2), (600, 1)]);
    assert!(TIMERS.is_empty());
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
