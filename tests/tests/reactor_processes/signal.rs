//! `signal::Signals`. Every test has signals of its own, since signals go to the whole process.
#![cfg(unix)]

use super::*;
use futures_lite::future::or;
use std::future::Future;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Waker};
use wakeful_reactor::Timer;
use wakeful_reactor::signal::{SIGHUP, SIGUSR2, SIGWINCH};

/// The next signal. The bound is against a hang, and is looked at first: a signal that lies there
/// and of which nobody was told is not found by looking again.
async fn next(signals: &mut Signals) -> i32 {
    let never = async {
        Timer::after(Duration::from_secs(30)).await;
        panic!("no signal came");
    };
    let next = or(never, signals.next()).await;
    next.expect("the stream has no end").expect("the socket pair works")
}

/// Sends a signal to the calling thread: when this returns, its handlers have run. (One that is sent
/// to the process may take its time and another thread.)
fn send(signal: i32) {
    // SAFETY: `raise` has no requirements; what the signal does is the subject of the tests.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

#[test]
fn a_signal_arrives_as_its_number_before_or_while_it_is_awaited() {
    #[cfg(target_os = "linux")]
    let numbers = [SIGUSR1, libc::SIGRTMIN() + 8];
    #[cfg(not(target_os = "linux"))]
    let numbers = [SIGUSR1];
    for number in numbers {
        let mut signals = Signals::new([number]).expect("listening");
        // Before anyone polls.
        send(number);
        block_on(async {
            assert_eq!(next(&mut signals).await, number);
            // While the thread sleeps in the reactor: the sender waits for the first poll.
            let mut awaited = pin!(next(&mut signals));
            assert!(poll_once(&mut awaited).await.is_none());
            let sender = thread::spawn(move || send(number));
            assert_eq!(awaited.await, number);
            sender.join().expect("no panic");
        });
    }
}

#[test]
fn signals_that_come_together_are_given_once_each_in_the_order_of_their_numbers() {
    let mut signals = Signals::new([SIGWINCH, SIGHUP]).expect("listening");
    // Another listener has its own copy of each, also if it listens for one of them only.
    let mut other = Signals::new([SIGHUP]).expect("listening");
    for _ in 0..3 {
        send(SIGWINCH);
        send(SIGHUP);
    }
    block_on(async {
        assert_eq!(next(&mut signals).await, SIGHUP);
        assert_eq!(next(&mut signals).await, SIGWINCH);
        assert!(poll_once(signals.next()).await.is_none(), "what came again is one");
        assert_eq!(next(&mut other).await, SIGHUP);
        assert!(poll_once(other.next()).await.is_none());
    });
}

#[test]
fn no_signal_is_lost_between_the_look_and_the_sleep() {
    const ROUNDS: usize = 20_000;
    let taken = Arc::new(AtomicUsize::new(0));
    let seen = taken.clone();
    let signal = libc::SIGURG;
    let mut signals = Signals::new([signal]).expect("listening");
    let sender = thread::spawn(move || {
        for round in 0..ROUNDS {
            // Sent after this one has been taken, a little later each time: while the other thread
            // looks, empties the socket, looks again, goes to sleep.
            for _ in 0..round % 64 {
                std::hint::spin_loop();
            }
            send(signal);
            while seen.load(Ordering::Acquire) == round {
                thread::yield_now();
            }
        }
    });
    block_on(async {
        for round in 1..=ROUNDS {
            assert_eq!(next(&mut signals).await, signal);
            taken.store(round, Ordering::Release);
        }
    });
    sender.join().expect("no panic");
}

#[test]
fn a_dropped_next_future_loses_nothing() {
    let signal = libc::SIGCONT;
    let mut signals = Signals::new([signal]).expect("listening");
    block_on(async {
        for _ in 0..100 {
            assert!(poll_once(signals.next()).await.is_none());
            let mut abandoned = Box::pin(signals.next());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(abandoned.as_mut().poll(&mut cx).is_pending());
            send(signal);
            // It is dropped when the signal is there already.
            drop(abandoned);
            assert_eq!(next(&mut signals).await, signal);
        }
    });
}

#[test]
fn what_must_not_be_caught_is_invalid_input_and_names_the_number() {
    for signal in [0, -1, 4096, 9, 11, libc::SIGSTOP, libc::SIGILL] {
        let error = Signals::new([signal]).expect_err("not a signal to listen for");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&format!("signal {signal}:")), "{error}");
    }
}

#[test]
fn after_its_listener_is_dropped_a_signal_is_ignored_and_no_descriptor_is_kept() {
    for _ in 0..2_000 {
        drop(Signals::new([SIGUSR2]).expect("listening"));
    }
    // The system gives out the lowest numbers that are free.
    let open = || std::fs::File::open("/dev/null").expect("it is there");
    let newest = [open(), open(), open()].map(|file| file.as_raw_fd());
    assert!(newest.iter().all(|&number| number < 500), "{newest:?}");
    // By default it would end the process.
    send(SIGUSR2);
    let mut again = Signals::new([SIGUSR2, SIGUSR2]).expect("listening");
    again.add(SIGUSR2).expect("it listens already");
    assert_eq!(format!("{again:?}"), format!("Signals[{SIGUSR2}]"));
    send(SIGUSR2);
    assert_eq!(block_on(next(&mut again)), SIGUSR2);
    assert!(block_on(poll_once(again.next())).is_none(), "one handler, one signal");
}
