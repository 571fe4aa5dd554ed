//! What can be awaited (tutorial S1: objects with `__await__`).
//!
//! The idea: `.await` takes anything that is a `Future`, which is one function: asked whether it is
//! ready, it answers, and if it is not, it sees to it that the waker is woken later. A number is
//! none; Python says so when the line runs, Rust does not compile it (E0277; a test of this
//! repository pins that). What the demo can compute is the reason: whether a type is a future.

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use wakeful_executor::block_on;

/// Pending so many times, then a value.
struct Countdown(u32);

impl Future for Countdown {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0 == 0 {
            return Poll::Ready("lift-off");
        }
        println!("pending {}", self.0);
        self.0 -= 1;
        cx.waker().wake_by_ref(); // Without this nobody would ever ask again.
        Poll::Pending
    }
}

/// Asks the compiler about `T`: the inherent constant exists for futures only and then wins over
/// the trait's.
struct Probe<T>(PhantomData<T>);

trait Otherwise {
    const IS_FUTURE: bool = false;
}

impl<T> Otherwise for Probe<T> {}

impl<T: Future> Probe<T> {
    const IS_FUTURE: bool = true;
}

pub fn run() {
    println!("{}", block_on(Countdown(3)));
    const { assert!(Probe::<Countdown>::IS_FUTURE) };
    if !Probe::<i32>::IS_FUTURE {
        println!("await 5: E0277: `{}` is not a future", type_name::<i32>());
    }
}
