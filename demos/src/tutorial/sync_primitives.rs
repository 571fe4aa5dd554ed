//! Lock, event, condition, semaphore, queue (tutorial S3's list of asyncio's parts).
//!
//! The idea: tasks of one thread still wait for each other, not because memory could be torn but
//! because something must come first. Waiting is an `await`, waiters are served first come first
//! served, and none of the five has anything atomic in it.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use wakeful_executor::sync::{Channel, Condvar, Event, Mutex, Semaphore};
use wakeful_executor::{Executor, LocalExecutor, Task, block_on, yield_now};

use super::stage::{gather, lane, note, os_threads, say, watch};

type Local = LocalExecutor<256>;

static EXECUTOR: Executor<8, 256> = Executor::new();

fn spawn<T: 'static>(local: Local, name: &str, body: impl Future<Output = T> + 'static) -> Task<T> {
    local.spawn(lane(name, body)).expect("eight slots")
}

async fn lock_part(local: Local) {
    let lock = Rc::new(Mutex::new(()));
    let user = |name: &'static str| {
        let lock = lock.clone();
        spawn(local, name, async move {
            let _inside = lock.lock().await;
            say(format!("lock: {name} in"));
            yield_now().await;
            yield_now().await;
            say(format!("lock: {name} out"));
        })
    };
    gather(["a", "b", "c"].map(user)).await;
}

async fn event_part(local: Local) {
    let event = Rc::new(Event::new());
    let waiters = [0, 1, 2].map(|k| {
        let event = event.clone();
        spawn(local, &format!("waiter {k}"), async move {
            event.wait().await;
            say(format!("event: waiter {k} released"));
        })
    });
    yield_now().await;
    say("event: set");
    event.set();
    gather(waiters).await;
}

async fn condition_part(local: Local) {
    let shared = Rc::new((Mutex::new(Vec::new()), Condvar::new()));
    let theirs = shared.clone();
    let taker = spawn(local, "taker", async move {
        let (items, changed) = &*theirs;
        let mut guard = items.lock().await;
        let item = loop {
            match guard.pop() {
                Some(item) => break item,
                None => guard = changed.wait(guard).await,
            }
        };
        say(format!("condition: took {item}"));
    });
    yield_now().await;
    let (items, changed) = &*shared;
    items.lock().await.push("x");
    say("condition: notify");
    changed.notify_one();
    taker.await;
}

async fn semaphore_part(local: Local) {
    let (inside, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let semaphore = Rc::new(Semaphore::new(2));
    let users = [0, 1, 2, 3, 4, 5].map(|k| {
        let (inside, most, semaphore) = (inside.clone(), most.clone(), semaphore.clone());
        spawn(local, &format!("user {k}"), async move {
            let _permit = semaphore.acquire().await;
            inside.set(inside.get() + 1);
            most.set(most.get().max(inside.get()));
            yield_now().await;
            inside.set(inside.get() - 1);
        })
    });
    gather(users).await;
    say(format!("semaphore: at most {} inside", most.get()));
}

async fn queue_part(local: Local) {
    let queue = Rc::new(Channel::<u32, 2>::new());
    let (source, sink) = (queue.clone(), queue);
    let put = spawn(local, "put", async move {
        for k in 0..4 {
            source.send(k).await.expect("it is open");
        }
        source.close();
    });
    let get = spawn(local, "get", async move {
        let mut got = Vec::new();
        while let Some(k) = sink.recv().await {
            got.push(k);
        }
        say(format!("queue: got {got:?}"));
    });
    gather([put, get]).await;
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    block_on(local.run_until(async {
        lock_part(local).await;
        event_part(local).await;
        condition_part(local).await;
        semaphore_part(local).await;
        queue_part(local).await;
    }));
    if os_threads()? == 1 {
        note("all five are FIFO and work on one thread");
    }
    Ok(())
}
