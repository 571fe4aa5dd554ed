//! Fibonacci: computed in one go, then lazily (tutorial S3).
//!
//! The idea: replace `print` by `yield` and a loop becomes a series that anybody may take from.
//! Nothing is stored and nothing is computed before it is asked for, so a series of a thousand
//! million items costs as much as the five that are taken. Item 94 does not fit 64 bits: `u128`.

use super::coroutine::{Coroutine, Exchange};
use std::cell::Cell;
use std::pin::pin;

type Numbers = Exchange<(), u128>;

/// The first `limit` items. `steps` counts the items computed.
async fn fib(out: &Numbers, limit: u64, steps: &Cell<u64>) {
    let (mut a, mut b) = (0_u128, 1_u128);
    for _ in 0..limit {
        steps.set(steps.get() + 1);
        out.yield_(b).await;
        (a, b) = (b, a + b);
    }
}

/// The first items of a series of `limit`, and how many were computed for them.
fn first(count: usize, limit: u64) -> (Vec<u128>, u64) {
    let (out, steps) = (Numbers::new(), Cell::new(0));
    let series = pin!(Coroutine::new(&out, fib(&out, limit, &steps)));
    let items = series.into_iter().take(count).collect();
    (items, steps.get())
}

fn item(number: usize) -> u128 {
    first(number, number as u64).0[number - 1]
}

pub fn run() {
    let (out, steps) = (Numbers::new(), Cell::new(0));
    let series = pin!(Coroutine::new(&out, fib(&out, 10, &steps)));
    for number in series {
        println!("{number}");
    }

    let (items, computed) = first(5, 1_000_000_000);
    println!("# first 5 of 1000000000: {items:?}");
    println!("# steps computed = {computed}");
    println!("# fib(0): {:?}", first(5, 0).0);
    let (last, next) = (item(93), item(94));
    if u64::try_from(last).is_ok() {
        println!("# item 93 (last in u64) = {last}");
    }
    if u64::try_from(next).is_err() {
        println!("# item 94 (needs u128) = {next}");
    }
}
