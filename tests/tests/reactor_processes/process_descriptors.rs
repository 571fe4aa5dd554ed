//! Which descriptors a child is watched by, and children while none is left. Each test has a process of
//! its own: it looks at all descriptors, or takes them.
#![cfg(target_os = "linux")]

use super::*;
use rustix::process::{PidfdFlags, getpid, pidfd_open};

/// How many of this process's descriptors are of processes, and how many are sockets.
fn descriptors() -> (usize, usize) {
    let all = std::fs::read_dir("/proc/self/fd").expect("procfs");
    let targets = all.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
    let targets: Vec<_> = targets.map(|target| target.display().to_string()).collect();
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

/// Takes every descriptor that is left, of not too many.
fn take_all() -> Vec<File> {
    let most = getrlimit(Resource::Nofile);
    let few = Rlimit { current: Some(64), ..most };
    setrlimit(Resource::Nofile, few).expect("a limit may be lowered");
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

#[test]
fn without_descriptors_errors_say_so_nothing_is_lost_and_no_zombie_stays() {
    alone(|| {
        block_on(async {
            let started = || Command::new("sleep").arg("1000").spawn().expect("spawned");
            let (mut awaited, mut dropped) = (started(), started());
            let orphan = dropped.id();
            // The reactor has what it needs before the shortage.
            sleep(Duration::from_millis(1)).await;
            let all = take_all();

            let watching = format!("watching child process {}: ", awaited.id());
            let spawned = Command::new("true").stdin(Stdio::piped()).spawn();
            for (error, doing) in [
                (awaited.status().await.expect_err("no descriptor to watch it by"), &*watching),
                (spawned.expect_err("no pipe"), "starting \"true\": "),
                (Signals::new([SIGUSR1]).expect_err("no socket pair"), "listening for signals: "),
            ] {
                assert!(error.to_string().starts_with(doing), "{error}");
                assert_eq!(os_code(&error), Some(libc::EMFILE));
            }

            // Killed, but not ended yet when it is dropped; and nothing is left to watch it by.
            dropped.kill().expect("killed");
            drop(dropped);

            drop(all);
            assert!(poll_once(awaited.status()).await.is_none(), "it runs as ever");
            awaited.kill().expect("killed");
            let status = awaited.status().await.expect("awaited");
            assert!(!status.success());

            let begun = Instant::now();
            while std::path::Path::new(&format!("/proc/{orphan}")).exists() {
                assert!(begun.elapsed() < SOON, "a zombie stays");
                assert!(Command::new("true").status().await.expect("awaited").success());
            }
        });
    });
}
