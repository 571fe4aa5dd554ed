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
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use wakeful_executor::coroutine::State;
use wakeful_executor::sync::Oneshot;
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

use super::stage::{lane, note, say, watch};

static EXECUTOR: Executor<8, 256> = Executor::new();

/// A coroutine that lets its state be seen from outside.
struct Seen<F> {
    body: Pin<Box<F>>,
    state: Rc<Cell<State>>,
}

impl<F: Future> Future for Seen<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let poll = self.body.as_mut().poll(cx);
        self.state.set(if poll.is_ready() {
            State::Finished
        } else {
            State::Suspended
        });
        poll
    }
}

async fn body() -> u32 {
    say("body runs");
    yield_now().await;
    7
}

/// True for futures; nothing else compiles.
fn is_future<F: Future>(_: &F) -> bool {
    true
}

async fn coroutine_and_task(local: LocalExecutor<256>) {
    let state = Rc::new(Cell::new(State::Created));
    let coroutine = Seen {
        body: Box::pin(body()),
        state: state.clone(),
    };
    let called = is_future(&coroutine);
    say(format!(
        "called: is a coroutine object: {called}, state {:?}",
        state.get()
    ));
    let mut task = local.spawn(lane("body", coroutine)).expect("a free slot");
    say(format!("task made: done {}", task.is_finished()));
    yield_now().await;
    say(format!(
        "one turn later: done {}, state {:?}",
        task.is_finished(),
        state.get()
    ));
    let value = (&mut task).await;
    say(format!("awaited: {value}, done {}", task.is_finished()));
}

async fn future(local: LocalExecutor<256>) {
    let result = Rc::new(Oneshot::new());
    let seen = result.clone();
    let callback = local.spawn(lane("callback", async move {
        let value: &str = seen.take().await.expect("nobody else takes it");
        say(format!("callback sees {value}"));
        value
    }));
    say(format!("future made: done {}", result.is_set()));
    let setter = result.clone();
    let soon = local.spawn(lane("call_soon", async move { setter.set("value") }));
    say(format!(
        "future gives {}",
        callback.expect("a free slot").await
    ));
    if soon.expect("a free slot").await.is_ok() && result.set("again").is_err() {
        say("second set_result: refused");
    }
}

async fn cancel_and_fail(local: LocalExecutor<256>) {
    let victim = local
        .spawn(lane("victim", pending::<()>()))
        .expect("a free slot");
    yield_now().await;
    say(format!(
        "cancelled task: cancelled {}",
        victim.cancel().is_none()
    ));

    let raises = lane("raises", async { Err::<(), _>("boom") });
    let broken = local.spawn(raises).expect("a free slot");
    if let Err(error) = broken.await {
        say(format!("failed task: {error}; the loop lives on"));
    }
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    block_on(local.run_until(async {
        coroutine_and_task(local).await;
        future(local).await;
        cancel_and_fail(local).await;
    }));
    note("same in Rust: lazy future, spawned task, one-shot value, executor");
    Ok(())
}
