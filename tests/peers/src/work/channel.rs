//! A round trip between two tasks over two bounded(1) channels: two sends, two receives, and the
//! task switches in between.
//!
//! `own` is a channel of this harness's own (a cell and two wakers, no locks), the same on every
//! executor, so that the executors are compared. The others bring the channel that their users
//! would take: tokio's mpsc, async-channel, wakeful's.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Found, Outcome, Place, take};
use crate::backend::{Backend, Countdown};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

/// A bounded(1) channel's two ends in one shared handle.
#[allow(async_fn_in_trait)]
pub trait Channel: Clone + 'static {
    fn bounded_one() -> Self;
    async fn send(&mut self, value: usize);
    async fn receive(&mut self) -> usize;
}

pub fn on(backend: &str, count: usize) -> Found {
    let span = match backend {
        "floor" => Ok(floor(count)),
        "wakeful+sync" => run::<backends::wakeful::Wakeful<256>, Sync>(count),
        "tokio+mpsc" => run::<backends::tokio::Tokio, Mpsc>(count),
        "tokio-local+mpsc" => run::<backends::tokio_local::TokioLocal, Mpsc>(count),
        "smol+async-channel" => run::<backends::smol::Smol, Async>(count),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<256>,
            "tokio" => backends::tokio::Tokio,
            "tokio-local" => backends::tokio_local::TokioLocal,
            "smol" => backends::smol::Smol,
            "futures" => backends::futures::Pool,
            "embassy" => backends::embassy::Embassy,
            "edge" => backends::edge::Edge,
        ], run_own(count)),
    }?;
    Ok(Outcome::each(span, count))
}

fn run_own<B: Backend>(count: usize) -> Result<Span, String> {
    run::<B, Own>(count)
}

async fn ask<C: Channel>(mut out: C, mut back: C, count: usize) {
    for index in 0..count {
        out.send(index).await;
        black_box(back.receive().await);
    }
}

async fn answer<C: Channel>(mut out: C, mut back: C, count: usize) {
    for _ in 0..count {
        let value = out.receive().await;
        back.send(value).await;
    }
}

fn run<B: Backend, C: Channel>(count: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    B::run(|backend| async move {
        Countdown::set(2);
        let (out, back) = (C::bounded_one(), C::bounded_one());
        backend.start(2, |index| {
            let (out, back, place) = (out.clone(), back.clone(), place.clone());
            async move {
                if index == 0 {
                    answer(out, back, count).await;
                } else {
                    let start = Mark::now();
                    ask(out, back, count).await;
                    place.set(Some(Mark::now().since(start)));
                }
                Countdown::done();
            }
        });
        Countdown::over().await;
    });
    take(&found)
}

/// The two sides polled in turn by a bare loop.
fn floor(count: usize) -> Span {
    let mut cx = Context::from_waker(Waker::noop());
    let (out, back) = (Own::bounded_one(), Own::bounded_one());
    let mut asking = pin!(ask(out.clone(), back.clone(), count));
    let mut answering = pin!(answer(out, back, count));
    let start = Mark::now();
    while asking.as_mut().poll(&mut cx).is_pending() {
        let _ = answering.as_mut().poll(&mut cx);
    }
    Mark::now().since(start)
}

/// One value and who waits for it, on one thread.
#[derive(Default)]
struct Room {
    value: Cell<Option<usize>>,
    sender: Cell<Option<Waker>>,
    receiver: Cell<Option<Waker>>,
}

#[derive(Clone)]
pub struct Own(Rc<Room>);

/// Leaves the task's waker in a place, cloning it only if it is another's.
fn leave(place: &Cell<Option<Waker>>, cx: &Context<'_>) {
    let waker = match place.take() {
        Some(waker) if waker.will_wake(cx.waker()) => waker,
        _ => cx.waker().clone(),
    };
    place.set(Some(waker));
}

fn wake(place: &Cell<Option<Waker>>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}

impl Channel for Own {
    fn bounded_one() -> Self {
        Self(Rc::default())
    }

    async fn send(&mut self, value: usize) {
        poll_fn(|cx| match self.0.value.take() {
            Some(old) => {
                self.0.value.set(Some(old));
                leave(&self.0.sender, cx);
                Poll::Pending
            }
            None => {
                self.0.value.set(Some(value));
                wake(&self.0.receiver);
                Poll::Ready(())
            }
        })
        .await;
    }

    async fn receive(&mut self) -> usize {
        poll_fn(|cx| match self.0.value.take() {
            Some(value) => {
                wake(&self.0.sender);
                Poll::Ready(value)
            }
            None => {
                leave(&self.0.receiver, cx);
                Poll::Pending
            }
        })
        .await
    }
}

/// wakeful's own channel, shared.
#[derive(Clone)]
pub struct Sync(Rc<wakeful_executor::sync::Channel<usize, 1>>);

impl Channel for Sync {
    fn bounded_one() -> Self {
        Self(Rc::new(wakeful_executor::sync::Channel::new()))
    }

    async fn send(&mut self, value: usize) {
        self.0.send(value).await.expect("the channel is open");
    }

    async fn receive(&mut self) -> usize {
        self.0.recv().await.expect("the channel is open")
    }
}

#[derive(Clone)]
pub struct Mpsc {
    sender: tokio::sync::mpsc::Sender<usize>,
    receiver: Place<tokio::sync::mpsc::Receiver<usize>>,
}

impl Channel for Mpsc {
    fn bounded_one() -> Self {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        Self {
            sender,
            receiver: Rc::new(Cell::new(Some(receiver))),
        }
    }

    async fn send(&mut self, value: usize) {
        self.sender.send(value).await.expect("the channel is open");
    }

    async fn receive(&mut self) -> usize {
        let mut receiver = self.receiver.take().expect("one task receives");
        let value = receiver.recv().await.expect("the channel is open");
        self.receiver.set(Some(receiver));
        value
    }
}

#[derive(Clone)]
pub struct Async(async_channel::Sender<usize>, async_channel::Receiver<usize>);

impl Channel for Async {
    fn bounded_one() -> Self {
        let (sender, receiver) = async_channel::bounded(1);
        Self(sender, receiver)
    }

    async fn send(&mut self, value: usize) {
        self.0.send(value).await.expect("the channel is open");
    }

    async fn receive(&mut self) -> usize {
        self.1.recv().await.expect("the channel is open")
    }
}
