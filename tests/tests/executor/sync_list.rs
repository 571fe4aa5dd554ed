//! The wait list by itself: its own source file, used as no part of `sync` uses it.

#[path = "../../../executor/src/sync/list.rs"]
#[allow(dead_code, unreachable_pub)]
mod list;

use std::pin::pin;
use std::task::Waker;

use list::{Turn, WaitList, Waiter};

#[test]
fn a_waiter_that_is_dropped_without_leaving_is_out_of_the_line() {
    let list = WaitList::new();
    let first = pin!(Waiter::in_need(&list, 1));
    first.as_ref().join();
    assert!(first.keep(Waker::noop()));
    {
        let second = pin!(Waiter::in_need(&list, 2));
        second.as_ref().join();
        assert!(second.keep(Waker::noop()));
    }
    let third = pin!(Waiter::in_need(&list, 3));
    third.as_ref().join();
    assert_eq!(first.leave(), Turn::Waiting);
    assert_eq!(list.first_need(), Some(3));
    assert_eq!(third.leave(), Turn::Waiting);
    assert!(list.is_empty());
}

#[test]
fn a_waiter_has_one_place_in_line_however_often_it_joins() {
    let list = WaitList::new();
    let waiter = pin!(Waiter::new(&list));
    waiter.as_ref().join();
    waiter.as_ref().join();
    assert!(list.grant_first().is_some());
    assert_eq!(waiter.turn(), Turn::Granted);
    assert!(list.grant_first().is_none());
    assert_eq!(waiter.leave(), Turn::Granted);
    assert_eq!(waiter.leave(), Turn::Outside);
}
