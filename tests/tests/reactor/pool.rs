//! `ThreadPool` and `unblock`: order, bounds, cancellation, panics, shutdown.
//!
//! A *gate* is a channel that a job waits on, so that a test says when a job may end. No test
//! measures time; `wait_until` only bounds how long a broken pool may hang the suite.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use futures_lite::future::block_on;
use wakeful_reactor::{Refused, ThreadPool};
use wakeful_tests::child::wait_until;

/// A job that says that it runs and stays until the gate opens.
fn gated(pool: &ThreadPool) -> (wakeful_reactor::Job<()>, Sender<()>) {
    let (open, gate): (Sender<()>, Receiver<()>) = channel();
    let (started, running) = channel();
    let job = pool
        .run(move || {
            let _ = started.send(());
            let _ = gate.recv();
        })
        .expect("accepted");
    running.recv().expect("it started");
    (job, open)
}

#[test]
fn a_job_runs_on_a_named_thread_of_the_pool_and_gives_its_value() {
    let pool = ThreadPool::new(1).name("files");
    let job = pool
        .run(|| (thread::current().name().map(str::to_owned), thread::current().id()))
        .expect("accepted");
    let (name, id) = block_on(job).expect("no panic");
    assert_eq!(name.as_deref(), Some("files-1"));
    assert_ne!(id, thread::current().id());
}

#[test]
fn a_new_pool_has_no_thread_and_never_more_than_its_bound() {
    let pool = ThreadPool::new(3);
    assert_eq!(pool.threads(), 0);
    let running: Vec<_> = (1..=3)
        .map(|n| {
            let gated = gated(&pool);
            assert_eq!(pool.threads(), n);
            gated
        })
        .collect();
    let fourth = pool.run(|| 4).expect("queued");
    assert_eq!((pool.threads(), pool.queued()), (3, 1));
    drop(running);
    assert_eq!(block_on(fourth).expect("no panic"), 4);
}

#[test]
fn one_job_after_the_other_takes_one_thread() {
    let pool = ThreadPool::new(8);
    for n in 0..200 {
        let job = pool.run(move || n).expect("accepted");
        assert_eq!(block_on(job).expect("no panic"), n);
    }
    assert_eq!(pool.threads(), 1);
}

#[test]
fn jobs_handed_in_together_run_together() {
    // Each job waits for all others: were one thread given two of them, they would wait in vain.
    let pool = ThreadPool::new(4);
    block_on(pool.run(|| ()).expect("accepted")).expect("no panic");
    let running = Arc::new(AtomicUsize::new(0));
    let jobs: Vec<_> = (0..4)
        .map(|_| {
            let running = running.clone();
            let wait = move || {
                running.fetch_add(1, Ordering::SeqCst);
                wait_until("all four run", || running.load(Ordering::SeqCst) == 4);
            };
            pool.run(wait).expect("accepted")
        })
        .collect();
    for job in jobs {
        block_on(job).expect("all four ran at once");
    }
}

#[test]
fn queued_jobs_start_in_the_order_in_which_they_came() {
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool);
    let order = Arc::new(Mutex::new(Vec::new()));
    let jobs: Vec<_> = (0..50)
        .map(|n| {
            let order = order.clone();
            pool.run(move || order.lock().unwrap().push(n)).expect("accepted")
        })
        .collect();
    drop(open);
    // Awaited backwards: the order is the pool's and not the awaiting task's.
    for job in jobs.into_iter().rev() {
        block_on(job).expect("no panic");
    }
    block_on(first).expect("no panic");
    assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_hands_the_closure_back() {
    let pool = ThreadPool::new(1).queue_limit(2);
    let (_running, open) = gated(&pool);
    let queued: Vec<_> = (0..2).map(|n| pool.run(move || n).expect("accepted")).collect();
    let refused = pool.run(|| 7).expect_err("the queue is full");
    assert!(matches!(refused, Refused::Full(_)));
    assert_eq!(refused.to_string(), "the thread pool's queue is full");
    assert_eq!((refused.into_inner())(), 7);
    drop(open);
    for (n, job) in queued.into_iter().enumerate() {
        assert_eq!(block_on(job).expect("no panic"), n);
    }
}

#[test]
fn a_queue_limit_of_zero_accepts_exactly_what_a_thread_is_free_for() {
    let pool = ThreadPool::new(2).queue_limit(0);
    let one = gated(&pool);
    let two = gated(&pool);
    assert!(matches!(pool.run(|| ()), Err(Refused::Full(_))));
    drop(one.1);
    block_on(one.0).expect("no panic");
    wait_until("a free thread", || pool.run(|| ()).is_ok());
    drop(two);
}

#[test]
fn shutdown_runs_what_is_queued_then_waits_for_every_thread() {
    let pool = Arc::new(ThreadPool::new(2));
    let done = Arc::new(AtomicUsize::new(0));
    let (_job, open) = gated(&pool);
    for _ in 0..20 {
        let done = done.clone();
        let count = move || {
            thread::sleep(Duration::from_millis(1));
            done.fetch_add(1, Ordering::SeqCst)
        };
        pool.run(count).expect("accepted").detach();
    }
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let (pool, done) = (pool.clone(), done.clone());
            thread::spawn(move || {
                pool.shutdown();
                (pool.threads(), done.load(Ordering::SeqCst))
            })
        })
        .collect();
    wait_until("the pool closes", || pool.run(|| ()).is_err());
    assert!(matches!(pool.run(|| ()), Err(Refused::ShutDown(_))));
    drop(open);
    for waiter in waiters {
        assert_eq!(waiter.join().expect("no panic"), (0, 20), "each shutdown waits");
    }
    pool.shutdown();
}

#[test]
fn a_job_that_shuts_its_own_pool_down_does_not_wait_for_itself() {
    let pool = Arc::new(ThreadPool::new(1));
    let own = pool.clone();
    block_on(pool.run(move || own.shutdown()).expect("accepted")).expect("no panic");
    pool.shutdown();
    assert_eq!(pool.threads(), 0);
}

#[test]
fn a_dropped_pool_runs_what_is_queued_without_waiting() {
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool);
    let second = pool.run(|| 2).expect("accepted");
    drop(pool);
    drop(open);
    block_on(first).expect("no panic");
    assert_eq!(block_on(second).expect("no panic"), 2);
}

#[test]
fn idle_threads_end_after_the_timeout_and_come_back_when_needed() {
    let pool = ThreadPool::new(2).idle_timeout(Duration::from_millis(5));
    for _ in 0..3 {
        block_on(pool.run(|| ()).expect("accepted")).expect("no panic");
        wait_until("the thread ends", || pool.threads() == 0);
    }
    pool.shutdown();
}

#[test]
#[should_panic(expected = "a pool needs at least one thread")]
fn a_pool_of_no_threads_is_refused() {
    let _ = ThreadPool::new(0);
}

#[test]
fn a_crowd_on_four_threads_completes_every_job_exactly_once() {
    const JOBS: usize = 5_000;
    let pool = ThreadPool::new(4);
    let ran = Arc::new(AtomicUsize::new(0));
    let mut kept = Vec::new();
    for n in 0..JOBS {
        let ran = ran.clone();
        let job = pool.run(move || (ran.fetch_add(1, Ordering::SeqCst), n).1).expect("accepted");
        kept.push(job);
    }
    for (n, job) in kept.into_iter().enumerate() {
        assert_eq!(block_on(job).expect("no panic"), n);
    }
    assert_eq!(ran.load(Ordering::SeqCst), JOBS);
}
