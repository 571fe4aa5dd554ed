//! Many sleeping tasks: a million at once (what a timer costs and weighs), and 100,000 spread over
//! two seconds (how late each wakes, and what the waking costs).

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt;

use super::{Found, Outcome, Place, take};
use crate::backend::{Clock, Countdown};
use crate::backends;
use crate::probe::{Mark, Span, resident_bytes};
use crate::with_backend;

/// When the first sleeper of a million is due, and over how long they are spread: late enough that
/// all of them are asleep before the first wakes.
const FIRST: Duration = Duration::from_millis(1_500);
const SPREAD_AT_ONCE: Duration = Duration::from_millis(500);

/// The lateness that a user may allow, which is what tokio always allows itself.
const SLACK: Duration = Duration::from_millis(1);

/// The same for the hundred thousand whose lateness is measured.
const SOON: Duration = Duration::from_millis(300);
const SPREAD: Duration = Duration::from_secs(2);

pub fn at_once_on(backend: &str, size: usize) -> Found {
    let (span, bytes) = match backend {
        "floor" => Ok(floor_at_once(size)),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<80>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], at_once(size)),
    }?;
    Ok(Outcome::each(span, size).and("bytes", bytes as f64 / size as f64))
}

pub fn spread_on(backend: &str, size: usize) -> Found {
    let (span, late) = match backend {
        "wakeful+slack" => {
            wakeful_reactor::Clock::set_slack(SLACK);
            spread::<backends::wakeful::Wakeful<80>>(size)
        }
        "floor" => Ok(floor_spread(size)),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<80>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], spread(size)),
    }?;
    let median = late[late.len() / 2].as_nanos() as f64 / 1_000.0;
    let worst = late[late.len() - 1 - late.len() / 100].as_nanos() as f64 / 1_000.0;
    Ok(Outcome::each(span, size).and("late_us", median).and("late_99_us", worst))
}

/// The deadlines, the same for every backend: as random as traffic is.
fn deadlines(from: Instant, spread: Duration) -> impl FnMut() -> Instant {
    let mut random = fastrand::Rng::with_seed(11);
    move || from + Duration::from_nanos(random.u64(0..spread.as_nanos() as u64))
}

fn at_once<C: Clock>(size: usize) -> Result<(Span, u64), String> {
    let found = Place::default();
    let place = found.clone();
    C::run(|clock| async move {
        let before = resident_bytes();
        Countdown::set(size);
        let mut next = deadlines(Instant::now() + FIRST, SPREAD_AT_ONCE);
        let start = Mark::now();
        let sleeper = clock.clone();
        clock.start(size, |_| {
            // An async block would hold the sleep twice: where it was captured and where it is
            // awaited.
            sleeper.sleep_until(next()).map(|()| Countdown::done())
        });
        Countdown::over().await;
        let span = Mark::now().since(start);
        place.set(Some((span, resident_bytes().saturating_sub(before))));
    });
    take(&found)
}

thread_local! {
    static LATE: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn lateness() -> Vec<Duration> {
    let mut late = LATE.take();
    late.sort_unstable();
    late
}

fn spread<C: Clock>(size: usize) -> Result<(Span, Vec<Duration>), String> {
    let found = Place::default();
    let place = found.clone();
    C::run(|clock| async move {
        LATE.with_borrow_mut(|late| late.reserve(size));
        Countdown::set(size);
        let mut next = deadlines(Instant::now() + SOON, SPREAD);
        let start = Mark::now();
        let sleeper = clock.clone();
        clock.start(size, |_| {
            let due = next();
            sleeper.sleep_until(due).map(move |()| {
                let late = Instant::now().saturating_duration_since(due);
                LATE.with_borrow_mut(|all| all.push(late));
                Countdown::done();
            })
        });
        Countdown::over().await;
        place.set(Some(Mark::now().since(start)));
    });
    Ok((take(&found)?, lateness()))
}

/// Boxed tasks and a heap of deadlines, asleep in the system until the earliest.
fn floor_run(size: usize, from: Duration, spread: Duration, each: fn(Instant)) -> (Span, u64) {
    type Boxed = Pin<Box<dyn Future<Output = ()>>>;
    let before = resident_bytes();
    let mut cx = Context::from_waker(Waker::noop());
    let mut next = deadlines(Instant::now() + from, spread);
    let start = Mark::now();
    let mut tasks: Vec<Option<Boxed>> = Vec::with_capacity(size);
    let mut heap: BinaryHeap<Reverse<(Instant, u32)>> = BinaryHeap::with_capacity(size);
    for index in 0..size as u32 {
        let due = next();
        tasks.push(Some(Box::pin(async move { each(due) })));
        heap.push(Reverse((due, index)));
    }
    let bytes = resident_bytes().saturating_sub(before);
    let mut now = Instant::now();
    while let Some(&Reverse((due, index))) = heap.peek() {
        if due > now {
            now = Instant::now();
            if due > now {
                thread::sleep(due - now);
                now = Instant::now();
            }
            continue;
        }
        heap.pop();
        if let Some(mut task) = tasks[index as usize].take() {
            assert!(task.as_mut().poll(&mut cx).is_ready(), "a due task ends");
        }
    }
    (Mark::now().since(start), bytes)
}

fn floor_at_once(size: usize) -> (Span, u64) {
    floor_run(size, FIRST, SPREAD_AT_ONCE, |_| {})
}

fn floor_spread(size: usize) -> (Span, Vec<Duration>) {
    LATE.with_borrow_mut(|late| late.reserve(size));
    let (span, _) = floor_run(size, SOON, SPREAD, |due| {
        let late = Instant::now().saturating_duration_since(due);
        LATE.with_borrow_mut(|all| all.push(late));
    });
    (span, lateness())
}
