//! The phone rings during dinner (tutorial S1: concurrency is not parallelism).
//!
//! The idea: whoever lets it ring supports neither. Whoever stops eating, talks and eats on is
//! concurrent: two things are under way, one at a time, and for that one thread is enough. Whoever
//! eats while talking is parallel, and that takes two threads.

use super::coroutine::{Coroutine, Exchange};
use super::stage::seconds;
use std::pin::{Pin, pin};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

type Pause = Exchange<(), ()>;

async fn eat(pause: &Pause) {
    for i in 1..=4 {
        println!("  bite {i}");
        pause.yield_(()).await;
    }
}

async fn talk(pause: &Pause) {
    for i in 1..=2 {
        println!("  talk {i}");
        pause.yield_(()).await;
    }
}

/// Goes on with `what` for so many steps, or to its end.
fn go_on<F: Future>(what: Pin<&mut Coroutine<'_, (), (), F>>, steps: usize) {
    what.into_iter().take(steps).for_each(drop);
}

/// The most threads that were in the middle of their activity at the same moment.
fn at_once() -> usize {
    let (inside, most, both) = (AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(2));
    let busy = || {
        both.wait();
        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(seconds(1));
        inside.fetch_sub(1, Ordering::SeqCst);
    };
    thread::scope(|scope| {
        scope.spawn(busy);
        scope.spawn(busy);
    });
    most.load(Ordering::SeqCst)
}

pub fn run() {
    let (table, phone) = (Pause::new(), Pause::new());
    println!("neither:");
    go_on(pin!(Coroutine::new(&table, eat(&table))), usize::MAX);
    go_on(pin!(Coroutine::new(&phone, talk(&phone))), usize::MAX);

    let (table, phone) = (Pause::new(), Pause::new());
    println!("concurrent:");
    let mut meal = pin!(Coroutine::new(&table, eat(&table)));
    go_on(meal.as_mut(), 2);
    go_on(pin!(Coroutine::new(&phone, talk(&phone))), usize::MAX);
    go_on(meal, usize::MAX);

    println!("parallel:");
    let most = at_once();
    let answer = if most == 2 { "yes" } else { "no" };
    println!("  eating and talking at the same moment: {answer}");
    println!("# activities in progress at once = {most}");
}
