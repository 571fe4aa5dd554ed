//! `size` parked tasks are woken in random order and polled: a busy server's day, made of cache
//! misses. The wakers are stored once; what is counted is the wake and the poll that follows.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::{Found, Outcome, Place, take};
use crate::backend::{Backend, Countdown};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

thread_local! {
    static WAKERS: RefCell<Vec<Option<Waker>>> = const { RefCell::new(Vec::new()) };
    static STOP: Cell<bool> = const { Cell::new(false) };
}

/// Wakes `count` times in all, each of `size` tasks equally often.
pub fn on(backend: &str, size: usize, count: usize) -> Found {
    let rounds = (count / size).max(1);
    let span = match backend {
        "floor" => Ok(floor(size, rounds)),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<64>,
            "tokio" => backends::tokio::Tokio,
            "tokio-local" => backends::tokio_local::TokioLocal,
            "smol" => backends::smol::Smol,
            "futures" => backends::futures::Pool,
            "unordered" => backends::unordered::Unordered,
            "embassy" => backends::embassy::Embassy,
            "edge" => backends::edge::Edge,
        ], run(size, rounds)),
    }?;
    Ok(Outcome::each(span, size * rounds))
}

/// The order in which tasks are woken, the same for every backend.
fn order(size: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..size).map(|index| index as u32).collect();
    fastrand::Rng::with_seed(7).shuffle(&mut order);
    order
}

/// Parks for ever, counting each poll, until the workload stops.
fn parked(index: usize) -> impl Future<Output = ()> {
    let mut known = false;
    poll_fn(move |cx| {
        if !known {
            known = true;
            WAKERS.with_borrow_mut(|wakers| wakers[index] = Some(cx.waker().clone()));
        }
        Countdown::done();
        if STOP.get() { Poll::Ready(()) } else { Poll::Pending }
    })
}

fn wake_all(order: &[u32]) {
    WAKERS.with_borrow(|wakers| {
        for &index in order {
            wakers[index as usize].as_ref().expect("every task has parked").wake_by_ref();
        }
    });
}

fn run<B: Backend>(size: usize, rounds: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    B::run(|backend| async move {
        let order = order(size);
        WAKERS.with_borrow_mut(|wakers| wakers.resize(size, None));
        Countdown::set(size);
        backend.start(size, parked);
        Countdown::over().await;
        let start = Mark::now();
        for _ in 0..rounds {
            Countdown::set(size);
            wake_all(&order);
            Countdown::over().await;
        }
        place.set(Some(Mark::now().since(start)));
        STOP.set(true);
        Countdown::set(size);
        wake_all(&order);
        Countdown::over().await;
    });
    take(&found)
}

/// The wake is a push of the task's number, the poll goes through the box at that number.
fn floor(size: usize, rounds: usize) -> Span {
    let mut cx = Context::from_waker(Waker::noop());
    WAKERS.with_borrow_mut(|wakers| wakers.resize(size, None));
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = (0..size)
        .map(|index| Box::pin(parked(index)) as Pin<Box<dyn Future<Output = ()>>>)
        .collect();
    let order = order(size);
    let mut ready = Vec::with_capacity(size);
    let mut round = || {
        Countdown::set(size);
        ready.extend_from_slice(&order);
        for index in ready.drain(..) {
            assert!(
                tasks[index as usize].as_mut().poll(&mut cx).is_pending(),
                "the task is parked"
            );
        }
    };
    round();
    let start = Mark::now();
    for _ in 0..rounds {
        round();
    }
    Mark::now().since(start)
}
