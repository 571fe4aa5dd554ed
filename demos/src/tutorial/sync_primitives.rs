//! Lock, event, condition, semaphore, queue (tutorial S3's list of asyncio's parts).
//!
//! The idea: tasks of one thread still wait for each other, not because memory could be torn but
//! because something must come first. Waiting is an `await`, waiters are served first come first
//! served, and none of the five has anything atomic in it.

use std::cell::Cell;
use std::rc::Rc;
use wakeful_executor::sync::{Channel, Condvar, Event, Mutex, Semaphore};
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};

type Local = LocalExecutor<256>;

pub static EXECUTOR: Executor<8, 256> = Executor::new();

fn spawn(local: Local, body: impl Future<Output = ()> + 'static) {
    local.spawn_detached(body).expect("eight slots");
}

fn lock_part(local: Local) {
    let lock = Rc::new(Mutex::new(()));
    for name in ["a", "b", "c"] {
        let lock = lock.clone();
        spawn(local, async move {
            let _inside = lock.lock().await;
            println!("lock: {name} in");
            yield_now().await;
            yield_now().await;
            println!("lock: {name} out");
        });
    }
    block_on(local.run_all());
}

fn event_part(local: Local) {
    let event = Rc::new(Event::new());
    for k in 0..3 {
        let event = event.clone();
        spawn(local, async move {
            event.wait().await;
            println!("event: waiter {k} released");
        });
    }
    block_on(local.run_until(yield_now()));
    println!("event: set");
    event.set();
    block_on(local.run_all());
}

fn condition_part(local: Local) {
    let shared = Rc::new((Mutex::new(Vec::new()), Condvar::new()));
    let theirs = shared.clone();
    spawn(local, async move {
        let (items, changed) = &*theirs;
        let mut guard = items.lock().await;
        let item = loop {
            match guard.pop() {
                Some(item) => break item,
                None => guard = changed.wait(guard).await,
            }
        };
        println!("condition: took {item}");
    });
    block_on(local.run_until(async {
        yield_now().await;
        let (items, changed) = &*shared;
        items.lock().await.push("x");
        println!("condition: notify");
        changed.notify_one();
    }));
    block_on(local.run_all());
}

fn semaphore_part(local: Local) {
    let (inside, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let semaphore = Rc::new(Semaphore::new(2));
    for _ in 0..6 {
        let (inside, most, semaphore) = (inside.clone(), most.clone(), semaphore.clone());
        spawn(local, async move {
            let _permit = semaphore.acquire().await;
            inside.set(inside.get() + 1);
            most.set(most.get().max(inside.get()));
            yield_now().await;
            inside.set(inside.get() - 1);
        });
    }
    block_on(local.run_all());
    println!("semaphore: at most {} inside", most.get());
}

fn queue_part(local: Local) {
    let queue = Rc::new(Channel::<u32, 2>::new());
    let (source, sink) = (queue.clone(), queue);
    spawn(local, async move {
        for k in 0..4 {
            source.send(k).await.expect("it is open");
        }
        source.close();
    });
    spawn(local, async move {
        let mut got = Vec::new();
        while let Some(k) = sink.recv().await {
            got.push(k);
        }
        println!("queue: got {got:?}");
    });
    block_on(local.run_all());
}

pub fn run(local: Local) {
    lock_part(local);
    event_part(local);
    condition_part(local);
    semaphore_part(local);
    queue_part(local);
}
