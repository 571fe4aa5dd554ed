//! Arm a timeout and drop it before it fires, as every bounded read does; `size` other timers are
//! armed meanwhile, to see whether the cost grows with them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{Found, Outcome, Place, take};
use crate::backend::Clock;
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

const TIMEOUT: Duration = Duration::from_secs(10);

pub fn on(backend: &str, size: usize, count: usize) -> Found {
    let span = match backend {
        "floor" => Ok(floor(size, count)),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<256>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], run(size, count)),
    }?;
    Ok(Outcome::each(span, count))
}

/// Polls a future once and leaves it where it is.
async fn once(future: std::pin::Pin<&mut impl Future<Output = ()>>) {
    let mut future = Some(future);
    poll_fn(|cx| {
        if let Some(future) = future.take() {
            assert!(future.poll(cx).is_pending(), "the timeout is far off");
        }
        Poll::Ready(())
    })
    .await;
}

fn run<C: Clock>(size: usize, count: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    C::run(|clock| async move {
        let mut others = Vec::with_capacity(size);
        for index in 0..size {
            let mut other = Box::pin(clock.sleep(Duration::from_millis(20_000 + index as u64)));
            once(other.as_mut()).await;
            others.push(other);
        }
        let start = Mark::now();
        for _ in 0..count {
            let timeout = pin!(clock.sleep(black_box(TIMEOUT)));
            once(timeout).await;
        }
        place.set(Some(Mark::now().since(start)));
        drop(others);
    });
    take(&found)
}

/// A look at the clock, and a push and a pop on a heap of that size.
fn floor(size: usize, count: usize) -> Span {
    let base = Instant::now() + 2 * TIMEOUT;
    let mut heap: BinaryHeap<Reverse<(Instant, u64)>> = (0..size as u64)
        .map(|index| Reverse((base + Duration::from_millis(index), index)))
        .collect();
    let start = Mark::now();
    for index in 0..count as u64 {
        heap.push(Reverse((Instant::now() + black_box(TIMEOUT), index)));
        black_box(heap.pop());
    }
    Mark::now().since(start)
}
