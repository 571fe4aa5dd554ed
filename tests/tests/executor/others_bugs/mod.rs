//! Bugs that other executors had, or that this one had: one test each, named after the behaviour.
//!
//! Those that a promise forbids outright are in `promises`.

mod joiners;
mod slots;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Polls `future` once on behalf of `waker`.
fn poll_with<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}
