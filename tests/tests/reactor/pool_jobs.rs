//! `Job` and `unblock`: what awaiting, dropping, detaching and panicking come to.
//!
//! A *gate* is a channel that a job waits on, so that a test says when a job may end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use wakeful_reactor::{ThreadPool, unblock};
use wakeful_tests::child::wait_until;
use wakeful_tests::trace::Wakes;

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
fn a_job_dropped_in_the_queue_never_runs_and_makes_room() {
    let pool = ThreadPool::new(1).queue_limit(1);
    let (running, open) = gated(&pool);
    let ran = Arc::new(AtomicBool::new(false));
    for _ in 0..1000 {
        let ran = ran.clone();
        let job = pool.run(move || ran.store(true, Ordering::SeqCst)).expect("room again");
        // Its captures go with it, at once.
        drop(job);
        assert_eq!(pool.queued(), 0);
    }
    assert_eq!(Arc::strong_count(&ran), 1, "a cancelled closure is dropped, not kept");
    drop(open);
    block_on(running).expect("no panic");
    pool.shutdown();
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn a_job_dropped_while_it_runs_goes_on_and_its_value_is_dropped() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new(1);
    let (open, gate) = channel::<()>();
    let (started, running) = channel();
    let value = Counted(drops.clone());
    let job = pool
        .run(move || {
            let _ = started.send(());
            let _ = gate.recv();
            value
        })
        .expect("accepted");
    running.recv().expect("it started");
    drop(job);
    assert_eq!(drops.load(Ordering::SeqCst), 0, "a running closure is not stopped");
    drop(open);
    pool.shutdown();
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_detached_job_runs_to_its_end() {
    let ran = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool);
    first.detach();
    let seen = ran.clone();
    pool.run(move || seen.fetch_add(1, Ordering::SeqCst)).expect("accepted").detach();
    drop(open);
    pool.shutdown();
    assert_eq!(ran.load(Ordering::SeqCst), 1);
}

#[test]
fn the_last_waker_is_woken_once_and_only_when_the_value_is_there() {
    let pool = ThreadPool::new(1);
    let (job, open) = gated(&pool);
    let mut job = pin!(job);
    let old = Wakes::new();
    let new = Wakes::new();
    for counter in [&old, &new, &new] {
        let waker = Waker::from(Arc::clone(counter));
        assert!(job.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&old), 1, "a replaced waker is given up");
    assert!(!job.is_finished());
    assert_eq!(new.count(), 0);
    drop(open);
    wait_until("the wake", || new.count() > 0);
    assert!(job.is_finished());
    let waker = Waker::noop();
    assert!(matches!(job.as_mut().poll(&mut Context::from_waker(waker)), Poll::Ready(Ok(()))));
    pool.shutdown();
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn a_dropped_job_gives_up_its_waker_at_once() {
    let pool = ThreadPool::new(1);
    let (job, open) = gated(&pool);
    let counter = Wakes::new();
    let waker = Waker::from(Arc::clone(&counter));
    {
        let mut job = pin!(job);
        assert!(job.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(waker);
    assert_eq!(Arc::strong_count(&counter), 1);
    drop(open);
    pool.shutdown();
    assert_eq!(counter.count(), 0, "nobody is told of what nobody awaits");
}

#[test]
fn a_panic_comes_back_as_an_error_and_the_thread_lives_on() {
    let pool = ThreadPool::new(1);
    let page = String::from("page");
    let failed = pool.run(move || -> u8 { panic!("no such {page}") }).expect("accepted");
    let error = block_on(failed).expect_err("it panicked");
    assert_eq!(error.message(), Some("no such page"));
    assert_eq!(error.to_string(), "a thread pool's job panicked: no such page");
    assert_eq!(*error.into_payload().downcast::<String>().expect("a String"), "no such page");
    let name = pool.run(|| thread::current().name().map(str::to_owned)).expect("accepted");
    assert_eq!(block_on(name).expect("no panic").as_deref(), Some("wakeful-pool-1"));
    assert_eq!(pool.threads(), 1);
}

#[test]
fn a_value_whose_destructor_panics_does_not_take_the_thread_with_it() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("from a destructor");
        }
    }
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool);
    // Detached before it runs, so that its value is dropped on the pool's thread.
    pool.run(|| Bomb).expect("accepted").detach();
    let after = pool.run(|| 1).expect("accepted");
    drop(open);
    block_on(first).expect("no panic");
    assert_eq!(block_on(after).expect("no panic"), 1);
    assert_eq!(pool.threads(), 1);
}

#[test]
fn unblock_gives_the_value_from_another_thread() {
    let id = block_on(unblock(|| thread::current().id()));
    assert_ne!(id, thread::current().id());
    assert_eq!(
        block_on(unblock(|| thread::current().name().map(|n| n.starts_with("unblock-")))),
        Some(true)
    );
}

#[test]
fn unblock_starts_before_it_is_polled() {
    let (started, running) = channel();
    let future = unblock(move || started.send(()));
    running.recv_timeout(Duration::from_secs(30)).expect("it started");
    block_on(future).expect("received");
}

#[test]
#[should_panic(expected = "thrown over there")]
fn unblock_panics_with_the_closures_own_payload() {
    block_on(unblock(|| panic!("thrown over there")))
}

#[test]
fn a_blocked_closure_does_not_block_the_task_that_awaits_it() {
    let (open, gate) = channel::<u8>();
    block_on(async {
        let mut blocked = pin!(unblock(move || gate.recv()));
        assert!(poll_once(&mut blocked).await.is_none());
        open.send(5).expect("it listens");
        assert_eq!(blocked.await, Ok(5));
    });
}
