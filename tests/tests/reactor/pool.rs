//! `ThreadPool`, its `Job`s and `unblock`: order, bounds, cancellation, panics, shutdown.
//!
//! A *gate* is a channel that a job waits on, so that a test says when a job may end.

use super::*;
use futures_lite::future::block_on;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Barrier, Mutex};
use wakeful_reactor::{Job, Refused, ThreadPool, unblock};
use wakeful_tests::child::wait_until;

/// What an accepted job gives.
fn run<T: Send + 'static>(pool: &ThreadPool, job: impl FnOnce() -> T + Send + 'static) -> T {
    block_on(pool.run(job).expect("accepted")).expect("no panic")
}

fn name_of_thread() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

/// A job that says that it runs, stays until the gate opens, and gives `value`.
fn gated<T: Send + 'static>(pool: &ThreadPool, value: T) -> (Job<T>, Sender<()>) {
    let (open, gate) = channel::<()>();
    let (started, running) = channel();
    let job = pool.run(move || {
        let _ = started.send(());
        let _ = gate.recv();
        value
    });
    let job = job.expect("accepted");
    running.recv().expect("it started");
    (job, open)
}

#[test]
fn a_job_runs_on_a_named_thread_of_the_pool_and_gives_its_value() {
    let pool = ThreadPool::new(1).name("files");
    assert_eq!(run(&pool, name_of_thread).as_deref(), Some("files-1"));
}

#[test]
fn a_new_pool_has_no_thread_and_never_more_than_its_bound() {
    let pool = ThreadPool::new(3);
    assert_eq!(pool.threads(), 0);
    let running = [1, 2, 3].map(|n| {
        let gated = gated(&pool, ());
        assert_eq!(pool.threads(), n);
        gated
    });
    let fourth = pool.run(|| 4).expect("queued");
    assert_eq!((pool.threads(), pool.queued()), (3, 1));
    drop(running);
    assert_eq!(block_on(fourth).expect("no panic"), 4);
}

#[test]
fn jobs_handed_in_together_run_together() {
    // Each job waits for all others: were one thread given two of them, they would wait in vain.
    let pool = ThreadPool::new(4);
    run(&pool, || ());
    let running = Arc::new(AtomicUsize::new(0));
    let jobs = [(); 4].map(|()| {
        let running = running.clone();
        let wait = move || {
            running.fetch_add(1, Ordering::SeqCst);
            wait_until("all four run", || running.load(Ordering::SeqCst) == 4);
            name_of_thread()
        };
        pool.run(wait).expect("accepted")
    });
    let names = jobs.map(|job| block_on(job).expect("all four ran at once"));
    assert_eq!(BTreeSet::from(names).len(), 4);
}

#[test]
fn queued_jobs_start_in_the_order_in_which_they_came() {
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool, ());
    let order = Arc::new(Mutex::new(Vec::new()));
    let run = |n| {
        let order = order.clone();
        pool.run(move || order.lock().unwrap().push(n)).expect("accepted")
    };
    let jobs: Vec<_> = (0..50).map(run).collect();
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
    let (_running, open) = gated(&pool, ());
    let queued: Vec<_> = (0..2).map(|n| pool.run(move || n).expect("accepted")).collect();
    let refused = pool.run(|| 7).expect_err("the queue is full");
    assert!(matches!(refused, Refused::Full(_)));
    assert_eq!(format!("{refused:?}"), "Full(..)");
    let printed = "ThreadPool { name: \"wakeful-pool\", threads: 1, queued: 2, .. }";
    assert_eq!(format!("{pool:?}"), printed);
    assert_eq!(format!("{:?}", queued[1]), "Job { number: 2, finished: false }");
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
    let one = gated(&pool, ());
    let two = gated(&pool, ());
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
    let (_job, open) = gated(&pool, ());
    for _ in 0..20 {
        let done = done.clone();
        let count = move || {
            thread::sleep(Duration::from_millis(1));
            done.fetch_add(1, Ordering::SeqCst)
        };
        pool.run(count).expect("accepted").detach();
    }
    let waiters = [(); 2].map(|()| {
        let (pool, done) = (pool.clone(), done.clone());
        thread::spawn(move || {
            pool.shutdown();
            (pool.threads(), done.load(Ordering::SeqCst))
        })
    });
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
    let pool = Arc::new(ThreadPool::new(2));
    drop([gated(&pool, ()), gated(&pool, ())]); // both threads are there
    let both = Arc::new(Barrier::new(2));
    let jobs = [0, 1].map(|_| {
        let (own, both) = (pool.clone(), both.clone());
        let shut_down = move || {
            both.wait();
            own.shutdown();
        };
        pool.run(shut_down).expect("accepted")
    });
    for job in jobs {
        block_on(job).expect("no panic");
    }
    pool.shutdown();
    assert_eq!(pool.threads(), 0);
}

#[test]
fn a_dropped_pool_runs_what_is_queued_without_waiting() {
    let pool = ThreadPool::new(1);
    let (first, open) = gated(&pool, ());
    thread_local! {
        static UNTIL_ITS_END: Cell<Option<Sender<()>>> = const { Cell::new(None) };
    }
    let (sender, ended) = channel();
    let second = pool.run(|| UNTIL_ITS_END.set(Some(sender))).expect("accepted");
    drop(pool);
    drop(open);
    block_on(first).expect("no panic");
    block_on(second).expect("no panic");
    let ended = ended.recv_timeout(Duration::from_secs(30));
    assert_eq!(ended, Err(RecvTimeoutError::Disconnected), "its thread ends");
}

#[test]
fn idle_threads_end_after_the_timeout_and_come_back_when_needed() {
    let pool = ThreadPool::new(2).idle_timeout(Duration::from_millis(5));
    for _ in 0..3 {
        run(&pool, || ());
        wait_until("the thread ends", || pool.threads() == 0);
    }
    pool.shutdown();
}

#[test]
fn a_thread_whose_job_is_cancelled_before_it_starts_stays() {
    let pool = ThreadPool::new(1).idle_timeout(Duration::from_secs(3_600));
    run(&pool, || ());
    for _ in 0..10 {
        drop(pool.run(|| ()).expect("accepted"));
        thread::sleep(Duration::from_millis(1)); // it wakes, and finds nothing
    }
    assert_eq!(run(&pool, name_of_thread).as_deref(), Some("wakeful-pool-1"));
}

#[test]
#[should_panic(expected = "a pool needs at least one thread")]
fn a_pool_of_no_threads_is_refused() {
    let _ = ThreadPool::new(0);
}

#[test]
fn a_job_dropped_in_the_queue_never_runs_and_makes_room() {
    let pool = ThreadPool::new(1).queue_limit(1);
    let (running, open) = gated(&pool, ());
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
fn the_last_waker_is_woken_once_and_only_when_the_value_is_there() {
    let pool = ThreadPool::new(1);
    let (job, open) = gated(&pool, ());
    let mut job = pin!(job);
    let (old, new) = (Wakes::new(), Wakes::new());
    for counter in [&old, &new, &new] {
        assert!(poll(job.as_mut(), &counter.clone().into()).is_pending());
    }
    assert_eq!(Arc::strong_count(&old), 1, "a replaced waker is given up");
    assert!(!job.is_finished());
    assert_eq!(new.count(), 0);
    drop(open);
    wait_until("the wake", || new.count() > 0);
    assert!(job.is_finished());
    assert!(matches!(poll(job.as_mut(), Waker::noop()), Poll::Ready(Ok(()))));
    pool.shutdown();
    assert_eq!((old.count(), new.count()), (0, 1));
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
    assert_eq!(run(&pool, name_of_thread).as_deref(), Some("wakeful-pool-1"));
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
    let (first, open) = gated(&pool, ());
    // Detached before it runs, so that its value is dropped on the pool's thread.
    pool.run(|| Bomb).expect("accepted").detach();
    drop((open, first));
    assert_eq!(run(&pool, name_of_thread).as_deref(), Some("wakeful-pool-1"));
}

#[test]
fn a_detached_unblock_runs_and_one_that_has_ended_says_so() {
    let (sender, receiver) = channel();
    for number in 0..20 {
        let sender = sender.clone();
        unblock(move || sender.send(number)).detach();
    }
    drop(sender);
    assert_eq!(receiver.iter().sum::<u32>(), 190);
    let (open, gate) = channel::<()>();
    let ended = unblock(move || gate.recv().is_err());
    assert!(!ended.is_finished());
    drop(open);
    wait_until("it has ended", || ended.is_finished());
    assert!(block_on(ended));
}

#[test]
#[should_panic(expected = "thrown over there")]
fn unblock_panics_with_the_closures_own_payload() {
    block_on(unblock(|| panic!("thrown over there")))
}

#[test]
fn a_running_job_that_is_dropped_or_detached_goes_on_and_its_value_and_waker_are_dropped() {
    for is_detached in [false, true] {
        let pool = ThreadPool::new(1);
        let (value, waker) = (Arc::new(()), Wakes::new());
        let (mut job, open) = gated(&pool, value.clone());
        assert!(poll(pin!(&mut job), &waker.clone().into()).is_pending());
        if is_detached {
            job.detach()
        } else {
            drop(job)
        }
        assert_eq!(Arc::strong_count(&waker), 1, "at once");
        assert_eq!(Arc::strong_count(&value), 2, "a running closure is not stopped");
        // Detached in the queue, it runs too.
        let queued = value.clone();
        let (ran, has_run) = channel();
        pool.run(move || ran.send(queued)).expect("accepted").detach();
        drop(open);
        pool.shutdown();
        assert!(has_run.recv().is_ok());
        assert_eq!((Arc::strong_count(&value), waker.count()), (1, 0));
    }
}

#[test]
fn unblock_starts_before_it_is_polled_on_a_thread_of_its_own_and_blocks_no_task() {
    let (started, running) = channel();
    let (open, gate) = channel::<u8>();
    let future = unblock(move || {
        let _ = started.send(name_of_thread());
        gate.recv()
    });
    let name = running.recv_timeout(Duration::from_secs(30)).expect("it started");
    assert!(name.is_some_and(|name| name.starts_with("unblock-")));
    block_on(async {
        let mut blocked = pin!(future);
        assert!(poll_once(&mut blocked).await.is_none());
        open.send(5).expect("it listens");
        assert_eq!(blocked.await, Ok(5));
    });
}
