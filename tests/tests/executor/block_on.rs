//! `block_on`: the thread sleeps between the wakes, and each wake is one poll.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use wakeful_executor::{block_on, yield_now};

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
