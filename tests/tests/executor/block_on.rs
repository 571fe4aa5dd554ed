//! `block_on`: the thread sleeps between the wakes, and each wake is one poll. `block_on_with`: it
//! sleeps as the caller says, wakes are tokens, and its wakers know each other.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use wakeful_executor::{Park, block_on, block_on_with, yield_now};
use wakeful_tests::trace::fresh;

#[test]
fn block_on_polls_once_for_each_wake_and_not_for_what_else_unparks_the_thread() {
    let polls = Cell::new(0);
    let asked = Cell::new(0);
    let woken = Arc::new(AtomicUsize::new(0));
    block_on(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        let heard = woken.load(Ordering::Acquire);
        if heard == 4 {
            return Poll::Ready(());
        }
        if asked.get() == heard {
            asked.set(heard + 1);
            let (waker, sleeper) = (cx.waker().clone(), thread::current());
            let woken = woken.clone();
            thread::spawn(move || {
                // Time for a loop that does not sleep to poll again, and a token not its own.
                thread::sleep(Duration::from_millis(5));
                sleeper.unpark();
                thread::sleep(Duration::from_millis(5));
                woken.fetch_add(1, Ordering::Release);
                waker.wake();
            });
        }
        Poll::Pending
    }));
    assert_eq!((polls.get(), asked.get()), (5, 4));
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_sleeps_until_it_is_woken() {
    // SAFETY: it asks for a number.
    let stat = format!("/proc/self/task/{}/stat", unsafe { libc::syscall(libc::SYS_gettid) });
    let sleeps = move |_: &usize| {
        thread::sleep(Duration::from_millis(1));
        std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S "))
    };
    let (mut sleeps, mut slept) = (Some(sleeps), None);
    block_on(poll_fn(|cx| {
        let Some(sleeps) = sleeps.take() else { return Poll::Ready(()) };
        let waker = cx.waker().clone();
        // More than one look, since a lock also sleeps.
        let looks = move || ((0..400).filter(sleeps).nth(20), waker.wake());
        slept = Some(thread::spawn(looks));
        Poll::Pending
    }));
    assert!(slept.expect("polled").join().expect("no panic").0.is_some());
}

#[test]
fn a_wake_inside_the_poll_is_not_lost_and_several_are_one() {
    let polls = Cell::new(0);
    block_on(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        if polls.get() > 3 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        let owned = [cx.waker().clone(), cx.waker().clone()];
        owned.into_iter().for_each(Waker::wake);
        Poll::Pending
    }));
    assert_eq!(polls.get(), 4);
}

#[test]
fn a_wake_that_came_after_the_end_does_not_end_the_next_wait() {
    let late = block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    late.wake_by_ref();
    let is_open = AtomicBool::new(false);
    thread::scope(|scope| {
        block_on(async {
            yield_now().await;
            let mut has_begun = false;
            poll_fn(|cx| {
                if is_open.load(Ordering::Acquire) {
                    return Poll::Ready(());
                }
                if !std::mem::replace(&mut has_begun, true) {
                    let (waker, is_open) = (cx.waker().clone(), &is_open);
                    scope.spawn(move || {
                        is_open.store(true, Ordering::Release);
                        waker.wake();
                    });
                }
                Poll::Pending
            })
            .await;
        });
    });
    assert!(is_open.load(Ordering::Acquire));
}

/// A token under a lock, and how often it was left and waited for.
struct Bench {
    token: Mutex<bool>,
    left: Condvar,
    parks: AtomicUsize,
    unparks: AtomicUsize,
}

impl Bench {
    const fn new() -> Self {
        Self {
            token: Mutex::new(false),
            left: Condvar::new(),
            parks: AtomicUsize::new(0),
            unparks: AtomicUsize::new(0),
        }
    }

    /// Parks and unparks so far.
    fn counts(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.parks), count(&self.unparks))
    }
}

impl Park for Bench {
    fn park(&self) {
        self.parks.fetch_add(1, Ordering::SeqCst);
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        while !std::mem::take(&mut *token) {
            token = self.left.wait(token).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn unpark(&self) {
        self.unparks.fetch_add(1, Ordering::SeqCst);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.left.notify_one();
    }
}

/// A waker of this bench, by a future of a type of its own.
fn waker_of<const TYPE: usize>(bench: &'static Bench) -> Waker {
    let future = poll_fn(|cx| Poll::Ready((cx.waker().clone(), [0; TYPE])));
    block_on_with(future, bench).0
}

#[test]
fn wakers_of_one_park_will_wake_the_same_wherever_they_were_made() {
    static BENCH: Bench = Bench::new();
    static OTHER: Bench = Bench::new();
    let wakers = [waker_of::<1>(&BENCH), waker_of::<2>(&BENCH)];
    let clones = [wakers[0].clone(), wakers[1].clone().clone()];
    for waker in &wakers {
        assert!(clones.iter().chain(&wakers).all(|other| waker.will_wake(other)));
        assert!(!waker.will_wake(&waker_of::<1>(&OTHER)));
    }
    // Seen from inside, with a clone of the poll before.
    let mut first: Option<Waker> = None;
    let same = block_on_with(
        poll_fn(|cx| {
            let Some(first) = &first else {
                first = Some(cx.waker().clone());
                cx.waker().wake_by_ref();
                return Poll::Pending;
            };
            Poll::Ready(first.will_wake(cx.waker()) && cx.waker().will_wake(&wakers[0]))
        }),
        &BENCH,
    );
    assert!(same);
}

#[test]
fn it_parks_once_for_each_pending_and_an_earlier_wake_is_a_token() {
    static BENCH: Bench = Bench::new();
    assert_eq!(block_on_with(async { 5 }, &BENCH), 5);
    assert_eq!(BENCH.counts(), (0, 0));
    block_on_with(
        async {
            yield_now().await;
            yield_now().await;
        },
        &BENCH,
    );
    assert_eq!(BENCH.counts(), (2, 2));
}

#[test]
fn a_run_whose_parent_is_a_park_is_told_by_a_wake_from_a_thread() {
    static BENCH: Bench = Bench::new();
    let local = fresh::<2, 128>();
    let mut polls = 0;
    let task = local.spawn(poll_fn(move |cx| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(polls);
        }
        let waker = cx.waker().clone();
        std::thread::spawn(move || waker.wake());
        Poll::Pending
    }));
    let task = task.expect("there is room");
    assert_eq!(block_on_with(local.run_until(task), &BENCH), 2);
    let (parks, unparks) = BENCH.counts();
    // The thread may have been quicker than the run, which then never slept.
    assert!(parks <= 1 && unparks <= 1, "{parks} parks, {unparks} unparks");
}
