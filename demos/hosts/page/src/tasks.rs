//! The tasks that the page's buttons spawn. Each is a few lines of ordinary async code.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use wakeful_executor::{Task, yield_now};

use crate::browser::{fetch, js, sleep};
use crate::{PLACES, local};

/// Sleeps again and again: woken by the browser's timer.
async fn sleeper(place: usize) {
    loop {
        sleep(place, 600 + 130 * place as u32).await;
    }
}

/// Woken by the network, and then ready.
async fn fetcher(place: usize) {
    js::say(place, fetch(place).await);
}

/// Awaits a task of its own: woken by the child's end. When the parent is cancelled, its future is
/// dropped, in it the child's handle, and with that the child.
async fn parent(place: usize) {
    while let Some((_, child)) = spawn(CHILD) {
        child.await;
        sleep(place, 400).await;
    }
}

async fn child(place: usize) {
    sleep(place, 700).await;
}

/// Wakes itself six times: each time it queues behind all that were ready before it.
async fn yielder() {
    for _ in 0..6 {
        yield_now().await;
    }
}

/// A future by hand, as every future is in the end: `poll` is called after each wake and says
/// `Pending` until there is nothing left to wait for. Here: three wakes by the page's button.
async fn three_wakes(place: usize) {
    let mut polls = 0;
    poll_fn(|_| {
        polls += 1;
        js::say(place, polls - 1);
        if polls <= 3 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// Never waits. The executor gives way to the browser after 256 polls, so the page stays alive.
async fn spinner() {
    loop {
        yield_now().await;
    }
}

const CHILD: u32 = 6;

/// Spawns a task of a kind into a free place; nothing if the executor is full.
pub fn spawn(kind: u32) -> Option<(usize, Task<()>)> {
    let place = PLACES.0.iter().position(|place| !place.is_used.get())?;
    // A task that has ended leaves its slot when its handle goes.
    drop(PLACES.0[place].task.take());
    PLACES.0[place].event.take();
    js::name(place, kind);
    let task = match kind {
        0 => start(place, sleeper(place)),
        1 => start(place, fetcher(place)),
        2 => start(place, parent(place)),
        3 => start(place, yielder()),
        4 => start(place, three_wakes(place)),
        5 => start(place, spinner()),
        _ => start(place, child(place)),
    };
    Some((place, task?))
}

fn start(place: usize, future: impl Future<Output = ()> + 'static) -> Option<Task<()>> {
    let used = Used::new(place);
    let watched = async move {
        let _used = used;
        let mut future = pin!(future);
        poll_fn(|cx| {
            PLACES.0[place].waker.set(Some(cx.waker().clone()));
            future.as_mut().poll(cx)
        })
        .await
    };
    local().spawn(watched).ok()
}

/// Dropped with the task's future, however it ends.
struct Used(usize);

impl Used {
    fn new(place: usize) -> Self {
        PLACES.0[place].is_used.set(true);
        Self(place)
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        PLACES.0[self.0].is_used.set(false);
    }
}
