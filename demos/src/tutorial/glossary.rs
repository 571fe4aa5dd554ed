//! Coroutine, task, future, event loop: the four words made visible (tutorial S1).
//!
//! - A *coroutine* is what calling an async function gives: its body, at its beginning. Nothing
//!   runs.
//! - A *task* is a coroutine that an executor drives, with a handle that will give its result.
//! - A *future* is a result to come. asyncio's `Future` is a box that somebody fills once: a
//!   oneshot.
//! - The *event loop* polls what was woken. One task's failure or cancellation stays its own.

use std::cell::Cell;
use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use wakeful_executor::coroutine::State;
use wakeful_executor::sync::Oneshot;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

pub static EXECUTOR: Executor<8, 256> = Executor::new();

/// A coroutine that lets its state be seen from outside.
struct Seen<F> {
    body: Pin<Box<F>>,
    state: Rc<Cell<State>>,
}

impl<F: Future> Future for Seen<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let poll = self.body.as_mut().poll(cx);
        let ended = poll.is_ready();
        self.state.set(if ended { State::Finished } else { State::Suspended });
        poll
    }
}

async fn body() -> u32 {
    println!("body runs");
    yield_now().await;
    7
}

/// True for futures; nothing else compiles.
fn is_future<F: Future>(_: &F) -> bool {
    true
}

async fn coroutine_and_task(local: LocalExecutor<256>) {
    let state = Rc::new(Cell::new(State::Created));
    let coroutine = Seen { body: Box::pin(body()), state: state.clone() };
    let called = is_future(&coroutine);
    println!("called: is a coroutine object: {called}, state {:?}", state.get());
    let mut task = local.spawn(coroutine).expect("a free slot");
    println!("task made: done {}", task.is_finished());
    yield_now().await;
    println!("one turn later: done {}, state {:?}", task.is_finished(), state.get());
    let value = (&mut task).await;
    println!("awaited: {value}, done {}", task.is_finished());
}

async fn future(local: LocalExecutor<256>) {
    let result = Rc::new(Oneshot::new());
    let seen = result.clone();
    let callback = local.spawn(async move {
        let value: &str = seen.take().await.expect("nobody else takes it");
        println!("callback sees {value}");
        value
    });
    println!("future made: done {}", result.is_set());
    let setter = result.clone();
    let soon = local.spawn(async move { setter.set("value") });
    println!("future gives {}", callback.expect("a free slot").await);
    if soon.expect("a free slot").await.is_ok() && result.set("again").is_err() {
        println!("second set_result: refused");
    }
}

async fn cancel_and_fail(local: LocalExecutor<256>) {
    let victim = local.spawn(pending::<()>()).expect("a free slot");
    yield_now().await;
    println!("cancelled task: cancelled {}", victim.cancel().is_none());

    let broken = local.spawn(async { Err::<(), _>("boom") }).expect("a free slot");
    if let Err(error) = broken.await {
        println!("failed task: {error}; the loop lives on");
    }
}

pub fn run(local: LocalExecutor<256>) {
    block_on(local.run_until(async {
        coroutine_and_task(local).await;
        future(local).await;
        cancel_and_fail(local).await;
    }));
    println!("# same in Rust: lazy future, spawned task, one-shot value, executor");
}
