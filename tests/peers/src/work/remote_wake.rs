//! Waking a thread that sleeps in its loop from another thread: how long it takes until the woken
//! future runs, and how many system calls both sides make for it.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::{Found, Outcome, Place, take};
use crate::backend::Backend;
use crate::backends;
use crate::with_backend;

/// Between a wake that was heard and the next, so that the owner sleeps by then: one system call of the
/// waking thread.
const PAUSE: Duration = Duration::from_micros(300);

pub fn on(backend: &str, count: usize) -> Found {
    let mut late = with_backend!(backend, [
        "wakeful" => backends::wakeful::Wakeful<80>,
        "tokio" => backends::tokio::Tokio,
        "smol" => backends::smol::Smol,
    ], woken(count))?;
    late.sort_unstable();
    let micros = |nanos: u64| nanos as f64 / 1_000.0;
    Ok(Outcome::default()
        .and("p50_us", micros(late[late.len() / 2]))
        .and("p99_us", micros(late[late.len() - 1 - late.len() / 100])))
}

#[derive(Default)]
struct Shared {
    /// When the last wake began, in nanoseconds since the beginning.
    began: AtomicU64,
    wakes: AtomicUsize,
    heard: AtomicUsize,
}

fn woken<B: Backend>(count: usize) -> Result<Vec<u64>, String> {
    let (shared, start) = (Arc::new(Shared::default()), Instant::now());
    let (give, waker) = mpsc::channel::<Waker>();
    let others = shared.clone();
    let thread = thread::spawn(move || {
        let Ok(waker) = waker.recv() else { return };
        for wake in 1..=count {
            thread::sleep(PAUSE);
            others.began.store(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            others.wakes.store(wake, Ordering::Release);
            waker.wake_by_ref();
            // Without a system call, and on the other processor.
            while others.heard.load(Ordering::Acquire) < wake {
                std::hint::spin_loop();
            }
        }
    });
    let found = Place::default();
    let place = found.clone();
    B::run(|_| async move {
        let mut late = Vec::with_capacity(count);
        let (mut give, mut next) = (Some(give), 1);
        poll_fn(|cx| {
            if let Some(give) = give.take() {
                let _given = give.send(cx.waker().clone());
            }
            if shared.wakes.load(Ordering::Acquire) == next {
                late.push(start.elapsed().as_nanos() as u64 - shared.began.load(Ordering::Relaxed));
                shared.heard.store(next, Ordering::Release);
                next += 1;
            }
            match next > count {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        place.set(Some(late));
    });
    thread.join().map_err(|_| "the waking thread panicked")?;
    take(&found)
}
