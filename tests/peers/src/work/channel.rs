//! A round trip between two tasks over two bounded(1) channels: two sends, two receives, and the
//! task switches in between.
//!
//! `own` is a channel of this harness's own (a cell and two wakers, no locks), the same on every
//! executor, so that the executors are compared. The others bring the channel that their users
//! would take: tokio's mpsc, async-channel, wakeful's.

use std::cell::Cell;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::sync::mpsc;

use super::{Found, Outcome, Place, take};
use crate::backend::{Backend, Countdown};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::with_backend;

/// A kind of bounded(1) channel. Its futures are awaited as they are: the harness puts no layer of
/// its own between a task and them.
pub trait Channel {
    type Sender: Sender;
    type Receiver: Receiver;

    fn bounded_one() -> (Self::Sender, Self::Receiver);
}

pub trait Sender: 'static {
    fn send(&mut self, value: usize) -> impl Future<Output: Unpack<Value = ()>>;
}

pub trait Receiver: 'static {
    fn receive(&mut self) -> impl Future<Output: Unpack<Value = usize>>;
}

/// What a channel's future gives, unpacked as its user does.
pub trait Unpack {
    type Value;

    fn unpack(self) -> Self::Value;
}

impl Unpack for () {
    type Value = ();

    fn unpack(self) {}
}

impl Unpack for usize {
    type Value = usize;

    fn unpack(self) -> usize {
        self
    }
}

impl<V> Unpack for Option<V> {
    type Value = V;

    fn unpack(self) -> V {
        self.expect("the channel is open")
    }
}

impl<V, E: Debug> Unpack for Result<V, E> {
    type Value = V;

    fn unpack(self) -> V {
        self.expect("the channel is open")
    }
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

async fn ask(mut out: impl Sender, mut back: impl Receiver, count: usize) {
    for index in 0..count {
        out.send(index).await.unpack();
        black_box(back.receive().await.unpack());
    }
}

async fn answer(mut out: impl Receiver, mut back: impl Sender, count: usize) {
    for _ in 0..count {
        let value = out.receive().await.unpack();
        back.send(value).await.unpack();
    }
}

fn run<B: Backend, C: Channel>(count: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    B::run(|backend| async move {
        Countdown::set(2);
        let ((question, asked), (reply, replied)) = (C::bounded_one(), C::bounded_one());
        backend.start_one(async move {
            answer(asked, reply, count).await;
            Countdown::done();
        });
        backend.start_one(async move {
            let start = Mark::now();
            ask(question, replied, count).await;
            place.set(Some(Mark::now().since(start)));
            Countdown::done();
        });
        Countdown::over().await;
    });
    take(&found)
}

/// The two sides polled in turn by a bare loop.
fn floor(count: usize) -> Span {
    let mut cx = Context::from_waker(Waker::noop());
    let ((question, asked), (reply, replied)) = (Own::bounded_one(), Own::bounded_one());
    let mut asking = pin!(ask(question, replied, count));
    let mut answering = pin!(answer(asked, reply, count));
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
    type Sender = Self;
    type Receiver = Self;

    fn bounded_one() -> (Self, Self) {
        let room = Rc::<Room>::default();
        (Self(Rc::clone(&room)), Self(room))
    }
}

impl Sender for Own {
    fn send(&mut self, value: usize) -> impl Future<Output: Unpack<Value = ()>> {
        poll_fn(move |cx| match self.0.value.take() {
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
    }
}

impl Receiver for Own {
    fn receive(&mut self) -> impl Future<Output: Unpack<Value = usize>> {
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
    }
}

/// wakeful's own channel, shared.
pub struct Sync(Rc<wakeful_executor::sync::Channel<usize, 1>>);

impl Channel for Sync {
    type Sender = Self;
    type Receiver = Self;

    fn bounded_one() -> (Self, Self) {
        let channel = Rc::new(wakeful_executor::sync::Channel::new());
        (Self(Rc::clone(&channel)), Self(channel))
    }
}

impl Sender for Sync {
    fn send(&mut self, value: usize) -> impl Future<Output: Unpack<Value = ()>> {
        self.0.send(value)
    }
}

impl Receiver for Sync {
    fn receive(&mut self) -> impl Future<Output: Unpack<Value = usize>> {
        self.0.recv()
    }
}

pub struct Mpsc;

impl Channel for Mpsc {
    type Sender = mpsc::Sender<usize>;
    type Receiver = mpsc::Receiver<usize>;

    fn bounded_one() -> (mpsc::Sender<usize>, mpsc::Receiver<usize>) {
        mpsc::channel(1)
    }
}

impl Sender for mpsc::Sender<usize> {
    fn send(&mut self, value: usize) -> impl Future<Output: Unpack<Value = ()>> {
        Self::send(self, value)
    }
}

impl Receiver for mpsc::Receiver<usize> {
    fn receive(&mut self) -> impl Future<Output: Unpack<Value = usize>> {
        self.recv()
    }
}

pub struct Async;

impl Channel for Async {
    type Sender = async_channel::Sender<usize>;
    type Receiver = async_channel::Receiver<usize>;

    fn bounded_one() -> (Self::Sender, Self::Receiver) {
        async_channel::bounded(1)
    }
}

impl Sender for async_channel::Sender<usize> {
    fn send(&mut self, value: usize) -> impl Future<Output: Unpack<Value = ()>> {
        Self::send(self, value)
    }
}

impl Receiver for async_channel::Receiver<usize> {
    fn receive(&mut self) -> impl Future<Output: Unpack<Value = usize>> {
        self.recv()
    }
}
