//! `size` tasks that give way again and again: what one poll through the executor costs, and
//! whether it grows with the number of tasks.
//!
//! The last task started takes both marks, at its first and at its last poll. In between every task
//! was polled equally often, so starting and ending tasks stay outside.

use std::hint::black_box;

use super::{Found, Outcome, Place, take};
use crate::backend::{Backend, Countdown, give_way};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

/// Gives way `count` times in all, spread over `size` tasks.
pub fn on(backend: &str, size: usize, count: usize) -> Found {
    let rounds = (count / size).max(1);
    let span = with_backend!(backend, [
        "floor" => backends::floor::Floor,
        "wakeful" => backends::wakeful::Wakeful<72>,
            "tokio" => backends::tokio::Tokio,
        "tokio-local" => backends::tokio_local::TokioLocal,
        "smol" => backends::smol::Smol,
        "futures" => backends::futures::Pool,
        "unordered" => backends::unordered::Unordered,
        "embassy" => backends::embassy::Embassy,
        "edge" => backends::edge::Edge,
    ], run(size, rounds))?;
    Ok(Outcome::each(span, size * rounds))
}

fn run<B: Backend>(size: usize, rounds: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    B::run(|backend| async move {
        Countdown::set(size);
        backend.start(size, |index| {
            let place = (index + 1 == size).then(|| place.clone());
            async move {
                let start = place.is_some().then(Mark::now);
                for round in 0..rounds {
                    black_box(round);
                    give_way().await;
                }
                if let (Some(place), Some(start)) = (place, start) {
                    place.set(Some(Mark::now().since(start)));
                }
                Countdown::done();
            }
        });
        Countdown::over().await;
    });
    take(&found)
}
