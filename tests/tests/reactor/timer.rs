//! Timers: when they fire, in which order, and that setting, clearing and dropping them holds.
//! Nearly all on virtual time, where the order of a year takes no time and is the same each run.

use futures_lite::future::{poll_once, zip};
use futures_lite::{AsyncReadExt, FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use wakeful_executor::Executor;
use wakeful_reactor::{Clock, Metrics, Timer, block_on, sleep, timeout};
use wakeful_tests::trace::Wakes;

const MS: Duration = Duration::from_millis(1);

#[test]
fn promise_7_a_sleep_is_never_short_on_the_real_clock() {
    for ms in [0, 1, 5] {
        let begin = Instant::now();
        block_on(sleep(ms * MS));
        assert!(begin.elapsed() >= ms * MS);
    }
}

#[test]
fn promise_7_deadlines_fire_in_order_and_ties_in_the_order_of_arming() {
    static EXECUTOR: Executor<6, 512> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    let log = Rc::new(RefCell::new(Vec::new()));
    block_on(local.run_until(async {
        let mut tasks = Vec::new();
        for (name, ms) in [('a', 30), ('b', 10), ('c', 20), ('d', 10), ('e', 20)] {
            let log = log.clone();
            let task = local.spawn(async move {
                Timer::at(begin + ms * MS).await;
                log.borrow_mut().push((name, (Clock::now() - begin).as_millis()));
            });
            tasks.push(task.expect("there is room"));
        }
        for task in tasks {
            task.await;
        }
    }));
    drop(clock);
    let fired = log.take();
    assert_eq!(fired, [('b', 10), ('d', 10), ('c', 20), ('e', 20), ('a', 30)]);
}

#[test]
fn due_exactly_now_is_due() {
    let _clock = Clock::virtual_time();
    block_on(async {
        let now = Clock::now();
        assert_eq!(poll_once(Timer::at(now)).await, Some(now));
        assert_eq!(poll_once(Timer::after(Duration::ZERO)).await, Some(now));
        assert_eq!(poll_once(Timer::at(now + Duration::from_nanos(1))).await, None);
    });
}

#[test]
fn promise_7_one_nanosecond_is_one_nanosecond() {
    let _clock = Clock::virtual_time();
    let begin = Clock::now();
    block_on(async {
        Timer::after(Duration::from_nanos(1)).await;
        assert_eq!(Clock::now() - begin, Duration::from_nanos(1));
    });
}

#[test]
fn a_deadline_long_past_fires_at_once_and_tells_its_own_instant() {
    let past = Instant::now();
    std::thread::sleep(2 * MS);
    assert_eq!(block_on(poll_once(Timer::at(past))), Some(past));
}

#[test]
fn promise_7_durations_beyond_the_clock_are_never() {
    let clock = Clock::virtual_time();
    block_on(async {
        for mut timer in
            [Timer::after(Duration::MAX), Timer::interval(Duration::MAX), Timer::never()]
        {
            assert!(!timer.will_fire());
            assert_eq!(poll_once(&mut timer).await, None);
        }
        // Four thousand years are more than the reactor's nanoseconds hold; they are armed, last.
        let far = Duration::from_secs(4_000 * 366 * 86_400);
        let far = timeout(far, pending::<()>());
        let near = Timer::after(Duration::from_secs(1));
        assert!(
            far.or(async {
                near.await;
                Ok(())
            })
            .await
            .is_ok()
        );
    });
    drop(clock);
}

#[test]
fn a_deadline_beyond_what_the_system_s_wait_can_say_is_waited_for_all_the_same() {
    // On the real clock: the timeout that the system is given must neither fail nor wrap.
    let mut far = Timer::after(Duration::from_secs(4_000 * 366 * 86_400));
    let mut woken = false;
    let wait = poll_fn(|cx| {
        assert!(Pin::new(&mut far).poll(cx).is_pending());
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        let waker = cx.waker().clone();
        std::thread::spawn(move || {
            std::thread::sleep(5 * MS);
            waker.wake();
        });
        Poll::Pending
    });
    let before = Metrics::now();
    block_on(wait);
    assert_eq!(Metrics::now().waits - before.waits, 1);
}

#[test]
fn an_interval_keeps_its_rhythm_when_it_is_late() {
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    block_on(async {
        let mut ticks = Timer::interval(10 * MS);
        let mut at = Vec::new();
        at.push(ticks.next().await.expect("it does not end") - begin);
        // Three periods pass unheard: they are made up for, each with the instant it was due.
        clock.advance(30 * MS);
        for _ in 0..4 {
            at.push(ticks.next().await.expect("it does not end") - begin);
        }
        assert_eq!(at, [10 * MS, 20 * MS, 30 * MS, 40 * MS, 50 * MS]);
        assert_eq!(Clock::now() - begin, 50 * MS);
    });
}

#[test]
fn promise_4_an_interval_without_length_gives_the_others_their_turn() {
    static EXECUTOR: Executor<1, 256> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let ticks = Rc::new(Cell::new(0_u64));
    let counted = ticks.clone();
    let greedy = local.spawn(async move {
        let mut timer = Timer::interval(Duration::ZERO);
        loop {
            timer.next().await;
            counted.set(counted.get() + 1);
        }
    });
    // If it did not give way, this would never end.
    block_on(local.run_until(sleep(5 * MS)));
    assert!(ticks.get() > 0);
    drop(greedy);
}

#[test]
fn setting_a_timer_moves_the_task_that_waits_for_it() {
    let _clock = Clock::virtual_time();
    let begin = Clock::now();
    let timer = RefCell::new(Timer::after(Duration::from_secs(10)));
    let wait = poll_fn(|cx| Pin::new(&mut *timer.borrow_mut()).poll(cx));
    let set = async {
        sleep(MS).await;
        timer.borrow_mut().set_after(2 * MS);
    };
    let (fired, ()) = block_on(zip(wait, set));
    assert_eq!(fired - begin, 3 * MS);
}

#[test]
fn a_timer_polled_while_it_was_never_is_heard_when_it_is_set() {
    let _clock = Clock::virtual_time();
    let begin = Clock::now();
    let timer = RefCell::new(Timer::never());
    let wait = poll_fn(|cx| Pin::new(&mut *timer.borrow_mut()).poll(cx));
    let set = async {
        sleep(MS).await;
        timer.borrow_mut().set_at(begin + 5 * MS);
    };
    let (fired, ()) = block_on(zip(wait, set));
    assert_eq!(fired - begin, 5 * MS);
}

#[test]
fn setting_a_timer_that_has_fired_unheard_forgets_the_old_moment() {
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    block_on(async {
        let mut timer = Timer::after(MS);
        assert!(poll_once(&mut timer).await.is_none());
        sleep(2 * MS).await; // it fires meanwhile, and nobody polls it
        timer.set_after(10 * MS);
        assert!(poll_once(&mut timer).await.is_none(), "the new moment is not here yet");
        assert_eq!(timer.await - begin, 12 * MS);
    });
    drop(clock);
}

#[test]
fn a_cleared_timer_stays_silent_and_can_be_set_again() {
    let _clock = Clock::virtual_time();
    block_on(async {
        let mut timer = Timer::after(MS);
        assert!(poll_once(&mut timer).await.is_none());
        assert!(timer.will_fire());
        timer.clear();
        assert!(!timer.will_fire());
        assert_eq!(Metrics::now().timers, 0);
        sleep(5 * MS).await;
        assert!(poll_once(&mut timer).await.is_none());
        timer.set_interval(MS);
        timer.next().await;
        assert!(timer.will_fire());
        let first = timer.next().await.expect("it does not end");
        timer.set_interval_at(first + 7 * MS, 2 * MS);
        assert_eq!(timer.next().await, Some(first + 7 * MS));
        assert_eq!(timer.next().await, Some(first + 9 * MS));
    });
}

#[test]
fn a_timer_that_fired_once_will_not_fire_again() {
    let _clock = Clock::virtual_time();
    block_on(async {
        let mut timer = Timer::after(MS);
        (&mut timer).await;
        assert!(!timer.will_fire());
        assert!(poll_once(&mut timer).await.is_none());
        assert_eq!(Metrics::now().timers, 0);
    });
}

#[test]
fn dropping_disarms() {
    let before = Metrics::now();
    block_on(async {
        let mut timers: Vec<_> = (0..100).map(|_| sleep(Duration::from_secs(60))).collect();
        for timer in &mut timers {
            assert!(poll_once(timer).await.is_none());
        }
        assert_eq!(Metrics::now().timers, 100);
        timers.truncate(1);
        assert_eq!(Metrics::now().timers, 1);
    });
    let after = Metrics::now();
    assert_eq!((after.timers, after.timers_fired), (0, before.timers_fired));
}

#[test]
fn only_the_last_waker_is_woken_and_the_replaced_one_is_left_alone() {
    let _clock = Clock::virtual_time();
    let counts: [Arc<Wakes>; 2] = Default::default();
    let mut timer = Timer::after(MS);
    for count in &counts {
        let waker = Waker::from(count.clone());
        let context = &mut Context::from_waker(&waker);
        block_on(async { assert!(Pin::new(&mut timer).poll(context).is_pending()) });
    }
    block_on(sleep(2 * MS));
    assert_eq!([counts[0].count(), counts[1].count()], [0, 1]);
}

#[test]
fn a_timeout_lets_a_ready_future_through_even_when_it_is_late() {
    let clock = Clock::virtual_time();
    block_on(async {
        let bounded = timeout(MS, async { 7 });
        clock.advance(Duration::from_secs(1));
        assert_eq!(bounded.await, Ok(7));
    });
}

#[test]
fn a_timeout_ends_what_takes_longer_and_says_so() {
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    let error = block_on(timeout(25 * MS, pending::<()>())).expect_err("it takes for ever");
    assert_eq!(Clock::now() - begin, 25 * MS);
    drop(clock);
    let error = std::io::Error::from(error);
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn a_slack_makes_the_wakes_of_neighbours_one() {
    fn waits_for_fifty_timers() -> u64 {
        static EXECUTOR: Executor<64, 256> = Executor::new();
        let local = EXECUTOR.take().expect("taken once for each process of the test");
        let before = Metrics::now();
        block_on(local.run_until(async {
            let begin = Instant::now() + 5 * MS;
            let tasks: Vec<_> = (0..50)
                .map(|i| {
                    local.spawn(async move {
                        let when = begin + i * MS / 10;
                        Timer::at(when).await;
                        assert!(Instant::now() >= when, "late is allowed, early is not");
                    })
                })
                .collect();
            for task in tasks {
                task.expect("there is room").await;
            }
        }));
        Metrics::now().waits - before.waits
    }
    // Fifty timers within five milliseconds and a slack of twenty: the wait for the first outlasts
    // the last.
    Clock::set_slack(20 * MS);
    assert_eq!(Clock::slack(), 20 * MS);
    let waits = waits_for_fifty_timers();
    assert!(waits <= 3, "{waits} waits");
}

#[test]
fn virtual_time_stands_still_while_an_event_is_there() -> std::io::Result<()> {
    let (mut stream, mut peer) = wakeful_tests::sockets::tcp_pair()?;
    let _clock = Clock::virtual_time();
    let begin = Clock::now();
    block_on(async {
        let mut byte = [0; 1];
        let mut read = std::pin::pin!(stream.read(&mut byte));
        assert!(poll_once(read.as_mut()).await.is_none());
        let mut hour = Timer::after(Duration::from_secs(3_600));
        assert!(poll_once(&mut hour).await.is_none());
        std::io::Write::write_all(&mut peer, b"!")?;
        assert_eq!(read.await?, 1);
        assert_eq!(Clock::now(), begin, "the byte came before the hour was over");
        hour.await;
        Ok(())
    })
}

#[test]
fn virtual_time_stands_still_while_something_can_run_or_is_held() {
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    // A thread that takes a while wakes us; time is held until it has.
    let hold = Clock::hold();
    let worked = async {
        let mut started = false;
        poll_fn(|cx: &mut Context<'_>| {
            if started {
                return Poll::Ready(());
            }
            started = true;
            let waker = cx.waker().clone();
            std::thread::spawn(move || {
                std::thread::sleep(20 * MS);
                waker.wake();
            });
            Poll::Pending
        })
        .await;
        assert_eq!(Clock::now(), begin, "held");
        drop(hold);
    };
    block_on(zip(worked, sleep(Duration::from_secs(3600))));
    assert_eq!(Clock::now() - begin, Duration::from_secs(3600));
    drop(clock);
    assert!(Clock::now() < begin + Duration::from_secs(600), "real again");
}
