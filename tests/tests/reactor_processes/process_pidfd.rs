//! Which of the two ways a child is watched. One test to a program: it looks at all descriptors.
#![cfg(target_os = "linux")]

use std::pin::pin;

use futures_lite::future::poll_once;
use rustix::process::{PidfdFlags, getpid, pidfd_open};
use wakeful_reactor::block_on;
use wakeful_reactor::process::Command;
use wakeful_tests::child::alone;

/// How many of this process's descriptors are of processes, and how many are sockets.
fn descriptors() -> (usize, usize) {
    let all = std::fs::read_dir("/proc/self/fd").expect("procfs");
    let targets: Vec<_> = all
        .filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok())
        .map(|target| target.to_string_lossy().into_owned())
        .collect();
    let count = |what: &str| targets.iter().filter(|t| t.contains(what)).count();
    (count("[pidfd]"), count("socket:"))
}

#[test]
fn a_child_is_watched_by_a_descriptor_of_its_own_or_where_asked_by_the_signal() {
    alone(|| {
        if let Err(error) = pidfd_open(getpid(), PidfdFlags::empty()) {
            eprintln!("not tested: this kernel gives no descriptors of processes: {error}");
            return;
        }
        block_on(async {
            let before = descriptors();
            for (by_signal, watched_by) in [(false, (1, 0)), (true, (0, 2))] {
                let mut sleep = Command::new("sleep");
                sleep.arg("1000").kill_on_drop(true).exit_by_signal(by_signal);
                let mut child = sleep.spawn().expect("spawned");
                assert_eq!(descriptors(), before, "nothing is watched until somebody awaits");
                {
                    let mut status = pin!(child.status());
                    assert!(poll_once(&mut status).await.is_none());
                    let now = descriptors();
                    assert_eq!((now.0 - before.0, now.1 - before.1), watched_by);
                }
                assert_eq!(descriptors(), before, "who gives up leaves no descriptor behind");
                child.kill().expect("killed");
                child.status().await.expect("awaited");
            }
        });
    });
}
