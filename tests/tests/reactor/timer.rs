//! Timers beside their model (`models::timers_..`), which has their order, and what setting, clearing
//! and dropping them does: the ends of the range, timeouts, the slack, and virtual time itself.

use super::*;
use futures_util::stream::FuturesUnordered;

#[test]
fn promise_7_a_sleep_is_never_short_on_the_real_clock() {
    for ms in [0, 1, 5] {
        let begin = Instant::now();
        block_on(sleep(ms * MS));
        assert!(begin.elapsed() >= ms * MS);
    }
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
        let far = timeout(far, pending::<Instant>());
        assert!(far.or(async { Ok(sleep(MS).await) }).await.is_ok());
    });
    drop(clock);
}

#[test]
fn a_deadline_beyond_what_the_system_s_wait_can_say_is_waited_for_all_the_same() {
    // On the real clock: the timeout that the system is given must neither fail nor wrap.
    let mut far = Timer::after(Duration::from_secs(4_000 * 366 * 86_400));
    let wait = async {
        assert!(poll_once(&mut far).await.is_none());
        parked(wake_later).await;
    };
    let before = Metrics::now();
    block_on(wait);
    assert_eq!(Metrics::now().waits - before.waits, 1);
}

#[test]
fn a_timeout_ends_what_takes_longer_and_lets_a_ready_future_through_even_when_it_is_late() {
    let clock = Clock::virtual_time();
    let begin = Clock::now();
    let error = block_on(timeout(25 * MS, pending::<()>())).expect_err("it takes for ever");
    assert_eq!(Clock::now() - begin, 25 * MS);
    assert_eq!(error.to_string(), "the time is over");
    assert_eq!(io::Error::from(error).kind(), ErrorKind::TimedOut);
    let bounded = timeout(MS, async { 7 });
    clock.advance(Duration::from_secs(1));
    assert_eq!(block_on(bounded), Ok(7));
}

#[test]
fn a_slack_makes_the_wakes_of_neighbours_one() {
    // Fifty timers within five milliseconds and a slack of twenty: the wait for the first outlasts
    // the last.
    Clock::set_slack(20 * MS);
    assert_eq!(Clock::slack(), 20 * MS);
    let before = Metrics::now();
    let begin = Instant::now() + 5 * MS;
    let mut timers: FuturesUnordered<_> = (0..50)
        .map(async |i| {
            let when = begin + i * MS / 10;
            Timer::at(when).await;
            assert!(Instant::now() >= when, "late is allowed, early is not");
        })
        .collect();
    block_on(async { while timers.next().await.is_some() {} });
    let waits = Metrics::now().waits - before.waits;
    assert!(waits <= 3, "{waits} waits");
}

#[test]
fn virtual_time_stands_still_while_an_event_is_there() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    let _clock = Clock::virtual_time();
    let begin = Clock::now();
    block_on(async {
        let mut byte = [0; 1];
        let mut read = pin!(stream.read(&mut byte));
        assert!(poll_once(read.as_mut()).await.is_none());
        let mut hour = Timer::after(Duration::from_secs(3_600));
        assert!(poll_once(&mut hour).await.is_none());
        peer.write_all(b"!")?;
        assert_eq!(read.await?, 1);
        assert_eq!(Clock::now(), begin, "the byte came before the hour was over");
        hour.await;
        Ok(())
    })
}

#[test]
fn virtual_time_stands_still_while_something_can_run_or_is_held() {
    let clock = Clock::virtual_time();
    let (begin, before) = (Clock::now(), Metrics::now());
    // A thread that takes a while wakes us; time is held until it has.
    let hold = Clock::hold();
    let worked = async {
        parked(wake_later).await;
        assert_eq!(Clock::now(), begin, "held");
        let waits = Metrics::now().waits - before.waits;
        assert!(waits <= 5, "asleep meanwhile: {waits} waits");
        drop(hold);
    };
    block_on(zip(worked, sleep(Duration::from_secs(3600))));
    assert_eq!(Clock::now() - begin, Duration::from_secs(3600));
    drop(clock);
    assert!(Clock::now() < begin + Duration::from_secs(600), "real again");
}
