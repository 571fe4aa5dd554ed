//! `block_on`: whose wakes wake whom, what a wake costs, and that nothing starves or is lost.

use super::*;
use std::sync::mpsc;

#[test]
fn a_future_that_is_ready_is_polled_once_and_the_system_is_not_asked() {
    let before = Metrics::now();
    let polls = Cell::new(0);
    let answer = block_on(poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::Ready(42)
    }));
    assert_eq!((answer, polls.get()), (42, 1));
    assert_eq!(Metrics::now().waits, before.waits);
}

#[test]
fn an_inner_wake_does_not_wake_the_outer_nor_the_first_the_second() {
    let (begin, polls) = (Instant::now(), Cell::new(0));
    let mut waiting = pin!(parked(wake_later));
    block_on(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        let polled = waiting.as_mut().poll(cx);
        if polled.is_pending() {
            block_on(poll_fn(|inner| {
                inner.waker().wake_by_ref();
                Poll::Ready(())
            }));
        }
        polled
    }));
    assert!(begin.elapsed() >= 20 * MS);
    assert_eq!(polls.get(), 2);
    // What woke one that has ended is not news for the next.
    block_on(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready(())
    }));
    let polls = Cell::new(0);
    let mut timer = Timer::after(5 * MS);
    block_on(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        pin!(&mut timer).poll(cx)
    }));
    assert_eq!(polls.get(), 2);
}

#[test]
fn what_the_inner_loop_hears_for_the_outer_is_kept_for_it() {
    let begin = Instant::now();
    block_on(async {
        let mut short = Timer::after(5 * MS);
        assert!(poll_once(&mut short).await.is_none());
        // The inner loop fires the outer timer, whose wake must still be there when it has ended.
        block_on(sleep(20 * MS));
        short.await;
        let mut other = Timer::after(5 * MS);
        let nested = poll_fn(|_| {
            block_on(sleep(20 * MS));
            Poll::Ready(())
        });
        zip(&mut other, nested).await;
    });
    assert!(begin.elapsed() >= 40 * MS);
}

#[test]
fn promise_4_a_self_waking_future_does_not_starve_a_timer() {
    // Its waker is woken by the turn alone: nothing polls it again before.
    let wakes = Wakes::new();
    let mut timer = Timer::after(5 * MS);
    block_on(async {
        assert!(poll(pin!(&mut timer), &wakes.clone().into()).is_pending());
        while wakes.count() == 0 {
            yield_now().await;
        }
    });
}

#[test]
fn promise_2_a_wake_while_the_future_is_being_polled_is_not_lost() {
    // The waker runs to its end on another thread while the poll is still on its way to Pending.
    block_on(async {
        for _ in 0..200 {
            parked(|waker| {
                thread::spawn(move || waker.wake()).join().expect("it does not panic");
            })
            .await;
        }
    });
}

#[test]
fn a_waker_of_a_loop_that_has_ended_is_harmless() {
    let own_waker = || block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    // The thread is gone, its reactor with it.
    thread::spawn(own_waker).join().expect("it does not panic").wake();
    own_waker().wake();
}

#[test]
fn a_panic_leaves_the_reactor_as_good_as_before() {
    for _ in 0..3 {
        let caught = catch_unwind(|| {
            block_on(async {
                let mut kept = Timer::after(Duration::from_secs(60));
                assert!(poll_once(&mut kept).await.is_none());
                panic!("on purpose");
            })
        });
        assert!(caught.is_err());
        assert_eq!(Metrics::now().timers, 0);
        block_on(sleep(MS));
    }
}

#[test]
fn a_waker_that_panics_does_not_cost_the_others_their_wake() {
    let count = Wakes::new();
    let clock = Clock::virtual_time(); // or a timer may be due already
    let mut timers = [Timer::after(MS), Timer::after(2 * MS)];
    let bomb = on_wake(|| panic!("a waker panics on purpose"));
    block_on(async {
        for (timer, waker) in timers.iter_mut().zip([bomb, count.clone().into()]) {
            assert!(poll(pin!(timer), &waker).is_pending());
        }
    });
    clock.advance(5 * MS); // both are due in one turn, the bomb first
    // Long, so that it is not over before a turn is taken.
    let long = Duration::from_secs(20);
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(sleep(long)))).is_err());
    assert_eq!(count.count(), 0, "its wake is still to come");
    block_on(async {
        while count.count() == 0 {
            yield_now().await;
        }
    });
    assert_eq!(count.count(), 1);
}

#[test]
fn promise_4_a_wake_may_drop_and_arm_timers_and_nest_a_loop() {
    // A waker that does all that a waker must not be able to break.
    let victims = Rc::new(RefCell::new(Vec::new()));
    let others = victims.clone();
    let meddler = on_wake(move || {
        drop(others.take());
        let mut fresh = Timer::after(60 * 1000 * MS);
        assert!(poll(pin!(&mut fresh), Waker::noop()).is_pending());
        block_on(sleep(MS));
    });
    let mut timers: Vec<_> = (0..10).map(|_| Timer::after(MS)).collect();
    block_on(async {
        for timer in &mut timers {
            assert!(poll(pin!(timer), &meddler).is_pending());
        }
    });
    victims.replace(timers);
    block_on(sleep(20 * MS));
    assert_eq!(Metrics::now().timers, 0);
}

#[test]
fn a_handle_that_outlives_its_thread_s_reactor_only_falls_silent() {
    /// Dropped when the reactor may be gone: a timer is pending, a source is refused, metrics are
    /// zero, and nothing panics.
    struct Last(mpsc::Sender<bool>);
    impl Drop for Last {
        fn drop(&mut self) {
            let _refused = Async::<UnixStream>::pair();
            let mut late = Timer::after(Duration::from_secs(60));
            let pending = poll(pin!(&mut late), Waker::noop()).is_pending();
            let _metrics = Metrics::now();
            let _sent = self.0.send(pending);
        }
    }
    // Thread locals are dropped in no order that we choose: all but `AFTER` are made before the
    // reactor.
    thread_local! {
        static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
        static BEFORE: RefCell<Option<Timer>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Timer>> = const { RefCell::new(None) };
        static STREAMS: RefCell<Vec<Async<UnixStream>>> = const { RefCell::new(Vec::new()) };
    }
    async fn armed() -> Timer {
        let mut timer = Timer::after(Duration::from_secs(60));
        assert!(poll_once(&mut timer).await.is_none());
        timer
    }
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        LAST.set(Some(Last(tell)));
        BEFORE.set(Some(Timer::never()));
        STREAMS.set(Vec::new());
        block_on(async {
            BEFORE.set(Some(armed().await));
            AFTER.set(Some(armed().await));
            let (a, b) = Async::<UnixStream>::pair().expect("two descriptors");
            assert!(poll_once(a.readable()).await.is_none());
            STREAMS.set(vec![a, b]);
        });
    });
    thread.join().expect("it does not panic");
    assert!(told.recv().expect("the thread's last word"));
}

#[test]
fn an_idle_loop_waits_once_for_each_thing_that_happens() {
    let before = Metrics::now();
    block_on(async {
        sleep(5 * MS).await;
        sleep(5 * MS).await;
    });
    let after = Metrics::now();
    assert_eq!(after.timers_fired - before.timers_fired, 2);
    assert_eq!(after.waits - before.waits, 2, "no wait with a stale timeout");
}
