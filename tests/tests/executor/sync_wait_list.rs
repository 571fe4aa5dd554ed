//! The wait list by itself: its own source files, used as no part of `sync` uses them.

#[rustfmt::skip] // It has a style of its own.
#[path = "../../../executor/src/sync/claim.rs"]
#[allow(dead_code, unreachable_pub)]
mod claim;
#[rustfmt::skip] // It has a style of its own.
#[path = "../../../executor/src/sync/wait_list.rs"]
#[allow(dead_code, unreachable_pub)]
mod wait_list;

use std::pin::pin;
use std::task::{Poll, Waker};

use wait_list::{Standing, WaitList, Waiter};

#[test]
fn a_waiter_that_is_dropped_without_leaving_is_out_of_the_list() {
    let list = WaitList::new(0);
    let first = pin!(Waiter::new(&list, 1));
    assert!(first.as_ref().poll(Waker::noop()).is_pending());
    {
        let second = pin!(Waiter::new(&list, 2));
        assert!(second.as_ref().poll(Waker::noop()).is_pending());
    }
    let third = pin!(Waiter::new(&list, 3));
    assert!(third.as_ref().poll(Waker::noop()).is_pending());
    assert_eq!(first.leave(), Standing::Waiting);
    list.release(3); // The third one waits, and nobody before it.
    assert_eq!(third.leave(), Standing::Granted);
    assert!(list.is_empty(), "an entry is left in the list");
}

#[test]
fn a_waiter_has_one_entry_however_often_it_is_polled() {
    let list = WaitList::new(0);
    let waiter = pin!(Waiter::new(&list, 1));
    assert!(waiter.as_ref().poll(Waker::noop()).is_pending());
    assert!(waiter.as_ref().poll(Waker::noop()).is_pending());
    list.choose(1, Standing::Granted);
    assert!(list.is_empty(), "an entry is left in the list");
    list.choose(1, Standing::Released);
    let chosen = waiter.as_ref().poll(Waker::noop());
    assert_eq!(chosen, Poll::Ready(Standing::Granted));
    assert_eq!(waiter.leave(), Standing::Granted);
    assert_eq!(waiter.leave(), Standing::Outside);
}

#[test]
fn a_granted_waiter_that_is_dropped_passes_on_and_a_released_one_does_not() {
    for (standing, expected) in
        [(Standing::Granted, Poll::Ready(Standing::Granted)), (Standing::Released, Poll::Pending)]
    {
        let list = WaitList::new(0);
        let mut first = Some(Box::pin(Waiter::new(&list, 0)));
        let second = pin!(Waiter::new(&list, 0));
        for waiter in [first.as_ref().map(|first| first.as_ref()), Some(second.as_ref())] {
            assert!(waiter.is_some_and(|waiter| waiter.poll(Waker::noop()).is_pending()));
        }
        list.choose(1, standing);
        first = None;
        assert!(first.is_none());
        assert_eq!(second.as_ref().poll(Waker::noop()), expected);
    }
}

#[test]
fn permits_of_a_granted_waiter_that_is_dropped_are_passed_on_or_free_again() {
    let list = WaitList::new(0);
    let waiter = Box::pin(Waiter::new(&list, 2));
    assert!(waiter.as_ref().claim(2, Waker::noop()).is_pending());
    list.release(3);
    assert_eq!(list.free.get(), 1); // Two are set aside.
    drop(waiter);
    assert_eq!(list.free.get(), 3);
    let mut claims: Vec<_> = (0..2).map(|_| Box::pin(Waiter::new(&list, 2))).collect();
    assert_eq!(claims[0].as_ref().claim(2, Waker::noop()), Poll::Ready(true));
    assert!(claims[1].as_ref().claim(2, Waker::noop()).is_pending());
    list.close();
    assert_eq!(claims.remove(1).as_ref().claim(2, Waker::noop()), Poll::Ready(false));
    assert_eq!(list.free.get(), 1);
}
