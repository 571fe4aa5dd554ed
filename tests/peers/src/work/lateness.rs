//! One timer, of a second, three, or twenty-five: how late it is. The kernel ends a wait late by a
//! share of its length (a thousandth; in a niced process five thousandths), unless the waiter does
//! something about it.
//!
//! Each sample is a thread of its own with nothing else to do; they start one after the other, so that
//! no two end together.

use std::thread;
use std::time::{Duration, Instant};

use super::{Found, Outcome, Place, take};
use crate::backend::Clock;
use crate::backends;
use crate::with_backend;

/// Between the beginnings of two samples.
const APART: Duration = Duration::from_millis(37);

/// `millis` long, `count` times.
pub fn on(backend: &str, millis: usize, count: usize) -> Found {
    let length = Duration::from_millis(millis as u64);
    let backend = match backend.strip_suffix("+nice") {
        Some(plain) => {
            rustix::process::nice(19).map_err(|error| error.to_string())?;
            plain
        }
        None => backend,
    };
    let mut late = match backend {
        "floor" => samples(count, move || {
            let due = Instant::now() + length;
            thread::sleep(length);
            Ok(due.elapsed())
        }),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<80>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], asleep(count, length)),
    }?;
    late.sort_unstable();
    let micros = |late: Duration| late.as_nanos() as f64 / 1_000.0;
    Ok(Outcome::default()
        .and("late_us", micros(late[late.len() / 2]))
        .and("late_most_us", micros(late[late.len() - 1])))
}

fn samples(
    count: usize,
    sample: impl Fn() -> Result<Duration, String> + Clone + Send + 'static,
) -> Result<Vec<Duration>, String> {
    let start = |index: usize| {
        let sample = sample.clone();
        thread::spawn(move || {
            thread::sleep(APART * index as u32);
            sample()
        })
    };
    let threads: Vec<_> = (0..count).map(start).collect();
    let ended = threads.into_iter().map(|thread| thread.join());
    ended.map(|found| found.map_err(|_| "a sample panicked".to_owned())?).collect()
}

fn asleep<C: Clock>(count: usize, length: Duration) -> Result<Vec<Duration>, String> {
    samples(count, move || {
        let found = Place::default();
        let place = found.clone();
        C::run(|clock| async move {
            let due = Instant::now() + length;
            clock.sleep_until(due).await;
            place.set(Some(due.elapsed()));
        });
        take(&found)
    })
}
