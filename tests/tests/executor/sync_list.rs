//! The wait list by itself: its own source file, used as no part of `sync` uses it.

#[path = "../../../executor/src/sync/list.rs"]
#[allow(dead_code, unreachable_pub)]
mod list;

use std::pin::pin;
use std::task::{Poll, Waker};

use list::{Standing, WaitList, Waiter};

#[test]
fn a_waiter_that_is_dropped_without_leaving_is_out_of_the_list() {
    let list = WaitList::new();
    let first = pin!(Waiter::new(&list, 1));
    assert!(first.as_ref().poll(Waker::noop()).is_pending());
    {
        let second = pin!(Waiter::new(&list, 2));
        assert!(second.as_ref().poll(Waker::noop()).is_pending());
    }
    let third = pin!(Waiter::new(&list, 3));
    assert!(third.as_ref().poll(Waker::noop()).is_pending());
    assert_eq!(first.leave(), Standing::Waiting);
    assert!(!list.nobody_waits());
    assert_eq!(third.leave(), Standing::Waiting);
    assert!(list.is_empty());
}

#[test]
fn a_waiter_has_one_entry_however_often_it_is_polled() {
    let list = WaitList::new();
    let waiter = pin!(Waiter::new(&list, 1));
    assert!(waiter.as_ref().poll(Waker::noop()).is_pending());
    assert!(waiter.as_ref().poll(Waker::noop()).is_pending());
    list.choose(1, Standing::Granted);
    assert!(list.is_empty());
    list.choose(1, Standing::Released);
    let chosen = waiter.as_ref().poll(Waker::noop());
    assert_eq!(chosen, Poll::Ready(Standing::Granted));
    assert_eq!(waiter.leave(), Standing::Granted);
    assert_eq!(waiter.leave(), Standing::Outside);
}

#[test]
fn a_granted_waiter_that_is_dropped_passes_on_and_a_released_one_does_not() {
    for (standing, expected) in [
        (Standing::Granted, Poll::Ready(Standing::Granted)),
        (Standing::Released, Poll::Pending),
    ] {
        let list = WaitList::new();
        let mut first = Some(Box::pin(Waiter::new(&list, 1)));
        let second = pin!(Waiter::new(&list, 1));
        for waiter in [
            first.as_ref().map(|first| first.as_ref()),
            Some(second.as_ref()),
        ] {
            assert!(waiter.is_some_and(|waiter| waiter.poll(Waker::noop()).is_pending()));
        }
        list.choose(1, standing);
        first = None;
        assert!(first.is_none());
        assert_eq!(second.as_ref().poll(Waker::noop()), expected);
    }
}
