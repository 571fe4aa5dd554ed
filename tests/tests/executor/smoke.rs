//! The executor's first promises, by whole traces of events.

use std::cell::RefCell;
use std::rc::Rc;

use wakeful_executor::{Executor, block_on, yield_now};

type Log = Rc<RefCell<Vec<String>>>;

fn note(log: &Log, what: impl Into<String>) {
    log.borrow_mut().push(what.into());
}

#[test]
fn tasks_take_turns_in_spawn_order() {
    static EXECUTOR: Executor<4, 128> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let log: Log = Rc::default();
    let tasks: Vec<_> = (0..3)
        .map(|task| {
            let log = log.clone();
            local
                .spawn(async move {
                    for round in 0..2 {
                        note(&log, format!("{task}.{round}"));
                        yield_now().await;
                    }
                    task * 10
                })
                .expect("there is room")
        })
        .collect();
    let sum = block_on(local.run_until(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        sum
    }));
    assert_eq!(sum, 30);
    assert_eq!(*log.borrow(), ["0.0", "1.0", "2.0", "0.1", "1.1", "2.1"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn a_full_executor_gives_the_future_back() {
    static EXECUTOR: Executor<1, 64> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let first = local.spawn(async { 1 }).expect("one slot");
    let second = local.spawn(async { 2 }).expect_err("no second slot");
    assert_eq!(block_on(second.into_inner()), 2);
    assert_eq!(block_on(local.run_until(first)), 1);
    let third = local.spawn(async { 3 }).expect("the slot is free again");
    assert_eq!(block_on(local.run_until(third)), 3);
}

#[test]
fn a_slot_is_in_use_until_its_output_is_taken() {
    static EXECUTOR: Executor<2, 64> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    assert_eq!((local.len(), local.capacity()), (0, 2));
    assert!(local.is_empty());
    let task = local.spawn(async { 7 }).expect("there is room");
    assert_eq!((local.len(), local.is_empty()), (1, false));
    assert_eq!(local.tick(1).completed, 1);
    assert_eq!(local.len(), 1);
    assert_eq!(task.cancel(), Some(7));
    assert!(local.is_empty());
}

#[test]
fn a_wake_from_another_thread_is_not_lost() {
    static EXECUTOR: Executor<2, 256> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    for round in 0..2000 {
        let (tell, told) = std::sync::mpsc::channel::<std::task::Waker>();
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let task = {
            let done = done.clone();
            local
                .spawn(std::future::poll_fn(move |cx| {
                    if done.load(std::sync::atomic::Ordering::Acquire) {
                        return std::task::Poll::Ready(round);
                    }
                    tell.send(cx.waker().clone()).expect("the waker thread listens");
                    std::task::Poll::Pending
                }))
                .expect("there is room")
        };
        let waker = std::thread::spawn(move || {
            while let Ok(waker) = told.recv() {
                done.store(true, std::sync::atomic::Ordering::Release);
                waker.wake();
            }
        });
        assert_eq!(block_on(local.run_until(task)), round);
        waker.join().expect("no panic");
    }
}
