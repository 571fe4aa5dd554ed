//! Spawn a task that ends at once, and await its value: `count` times, one after the other, from
//! inside a task, as a program does that is made of small tasks.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use embassy_executor::raw::TaskPool;

use super::{Found, Outcome, Place, take};
use crate::backend::{Backend, Spawn};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

const WARM: usize = 1_000;

pub fn on(backend: &str, count: usize) -> Found {
    let span = match backend {
        "floor" => Ok(floor(count)),
        "embassy" => embassy(count),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<256>,
            "tokio" => backends::tokio::Tokio,
            "tokio-local" => backends::tokio_local::TokioLocal,
            "smol" => backends::smol::Smol,
            "futures" => backends::futures::Pool,
            "edge" => backends::edge::Edge,
        ], run(count)),
    }?;
    Ok(Outcome::each(span, count))
}

fn run<B: Spawn>(count: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    B::run(|backend| async move {
        let inner = backend.clone();
        let task = backend.spawn(async move {
            for index in 0..WARM {
                black_box(inner.spawn(async move { black_box(index) }).await);
            }
            let start = Mark::now();
            for index in 0..count {
                black_box(inner.spawn(async move { black_box(index) }).await);
            }
            Mark::now().since(start)
        });
        place.set(Some(task.await));
    });
    take(&found)
}

/// A box made, polled and freed: a task of any type, without an executor.
fn floor(count: usize) -> Span {
    let mut cx = Context::from_waker(Waker::noop());
    let start = Mark::now();
    for index in 0..count {
        let mut task: Pin<Box<dyn Future<Output = usize>>> =
            black_box(Box::pin(async move { black_box(index) }));
        let ended = task.as_mut().poll(&mut cx);
        assert!(black_box(ended) == Poll::Ready(index), "the task ends at once");
    }
    Mark::now().since(start)
}

/// embassy has no join handle, so this is the one people write: the value in a cell, and a waker.
/// The task's storage is a pool of four, as `#[task(pool_size = 4)]` makes it.
fn embassy(count: usize) -> Result<Span, String> {
    thread_local! {
        static VALUE: Cell<Option<usize>> = const { Cell::new(None) };
        static JOINER: RefCell<Option<Waker>> = const { RefCell::new(None) };
    }

    async fn task(index: usize) {
        VALUE.set(Some(black_box(index)));
        JOINER.with_borrow(|joiner| {
            if let Some(waker) = joiner {
                waker.wake_by_ref();
            }
        });
    }

    fn pool<F: Future + 'static>(_of: impl FnOnce(usize) -> F) -> &'static TaskPool<F, 4> {
        Box::leak(Box::new(TaskPool::new()))
    }

    async fn join() -> usize {
        poll_fn(|cx| match VALUE.take() {
            Some(value) => Poll::Ready(value),
            None => {
                JOINER.with_borrow_mut(|joiner| match joiner {
                    Some(waker) if waker.will_wake(cx.waker()) => {}
                    _ => *joiner = Some(cx.waker().clone()),
                });
                Poll::Pending
            }
        })
        .await
    }

    let found = Place::default();
    let place = found.clone();
    backends::embassy::Embassy::run(|backend| async move {
        let pool = pool(task);
        let start = Mark::now();
        for index in 0..count {
            let token = pool.spawn(|| task(index)).expect("the pool has room");
            backend.0.spawn(token);
            black_box(join().await);
        }
        place.set(Some(Mark::now().since(start)));
    });
    take(&found)
}
