//! A pool in a forked child, and one that gets no threads, in processes of their own: nobody else
//! holds a lock there.
#![cfg(unix)]

use super::*;
use futures_lite::future::block_on;
use std::error::Error;
use wakeful_reactor::ThreadPool;

#[test]
fn a_forked_child_is_told_that_the_pools_threads_are_not_here() {
    alone(|| {
        let pool = ThreadPool::new(1);
        block_on(pool.run(|| ()).expect("accepted")).expect("no panic");
        let mut kept = Some(pool);
        assert!(returns_in_a_fork(|| {
            let pool = kept.take().expect("the child's copy");
            let refused = pool.run(|| ()).map(drop).expect_err("no thread is here");
            let cause = refused.source().expect("a cause").to_string();
            assert!(cause.contains("forked"), "{cause}");
            assert_eq!((pool.threads(), pool.queued()), (0, 0));
            // These would wait for threads that are not here.
            pool.shutdown();
            drop(pool);
            // A pool of its own works.
            let own = ThreadPool::new(1);
            assert_eq!(block_on(own.run(|| 7).expect("accepted")).expect("no panic"), 7);
        }));
        // The parent's goes on.
        let pool = kept.expect("the child took its copy");
        assert_eq!(block_on(pool.run(|| 8).expect("accepted")).expect("no panic"), 8);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn without_memory_for_a_thread_a_job_waits_for_another_or_comes_back() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::sync::mpsc::channel;
    use wakeful_reactor::Refused;
    alone(|| {
        let (empty, pool) = (ThreadPool::new(2), ThreadPool::new(2));
        let (open, gate) = channel::<()>();
        let (begin, has_begun) = channel();
        let first = pool.run(move || begin.send(()).is_ok() && gate.recv().is_ok());
        let first = first.expect("accepted");
        // A thread that began needs no more memory.
        has_begun.recv().expect("it begins");
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
