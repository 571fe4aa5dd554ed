//! A pool in a forked child, and one that gets no threads. One test to a program, which forks while
//! nobody else holds a lock.
#![cfg(unix)]

use std::error::Error;
use std::sync::mpsc::channel;

use futures_lite::future::block_on;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wakeful_reactor::{Refused, ThreadPool};
use wakeful_tests::child::alone;

/// What the child found, as its exit status.
fn in_the_child(pool: ThreadPool) -> i32 {
    let Err(refused) = pool.run(|| ()) else {
        return 1;
    };
    if !refused.source().is_some_and(|cause| cause.to_string().contains("forked")) {
        return 2;
    }
    if (pool.threads(), pool.queued()) != (0, 0) {
        return 4;
    }
    // These would wait for threads that are not here.
    pool.shutdown();
    drop(pool);
    // A pool of its own works.
    let own = ThreadPool::new(1);
    match own.run(|| 7).map(block_on) {
        Ok(Ok(7)) => 0,
        _ => 3,
    }
}

#[test]
fn a_forked_child_is_told_that_the_pools_threads_are_not_here() {
    alone(|| {
        let pool = ThreadPool::new(1);
        block_on(pool.run(|| ()).expect("accepted")).expect("no panic");
        // SAFETY: a forked child may use only what no other thread had half done. The other threads
        // here are the harness's and the pool's, and both are asleep.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // A child that waits for ever is ended by the system, and not by success.
            // SAFETY: `alarm` and `_exit` have no requirements; the latter runs no destructors, which
            // are the parent's.
            unsafe {
                libc::alarm(30);
                libc::_exit(in_the_child(pool));
            }
        }
        assert!(child > 0, "fork: {}", std::io::Error::last_os_error());
        let mut status = 0;
        // SAFETY: `waitpid` writes to the integer that it is given.
        let waited = unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(waited, child);
        assert!(libc::WIFEXITED(status), "ended by signal {}", libc::WTERMSIG(status));
        assert_eq!(libc::WEXITSTATUS(status), 0);
        // The parent's goes on.
        assert_eq!(block_on(pool.run(|| 8).expect("accepted")).expect("no panic"), 8);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn without_memory_for_a_thread_a_job_waits_for_another_or_comes_back() {
    alone(|| {
        let (empty, pool) = (ThreadPool::new(2), ThreadPool::new(2));
        let (open, gate) = channel::<()>();
        let first = pool.run(move || gate.recv().is_ok()).expect("accepted");
        // Enough for what is boxed, and not for a thread's stack.
        let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("a size");
        let size: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
        let limit = Some((size + 1_024) * 1_024);
        let whole = getrlimit(Resource::As);
        setrlimit(Resource::As, Rlimit { current: limit, ..whole }).expect("lowered");
        let refused = empty.run(|| 7).expect_err("its first thread cannot start");
        let second = pool.run(|| 8).expect("it waits for the first thread");
        setrlimit(Resource::As, whole).expect("raised");
        assert!(matches!(&refused, Refused::NoThread(..)), "{refused:?}");
        assert_eq!((refused.into_inner()(), pool.threads(), pool.queued()), (7, 1, 1));
        open.send(()).expect("awaited");
        assert!(block_on(first).expect("no panic"));
        assert_eq!(block_on(second).expect("no panic"), 8);
    });
}
