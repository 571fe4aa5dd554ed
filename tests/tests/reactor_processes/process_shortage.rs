//! Children while no descriptor is left. One test to a program: it takes them all.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wakeful_reactor::process::{Command, Stdio};
use wakeful_reactor::signal::{SIGUSR1, Signals};
use wakeful_reactor::{block_on, os_code, sleep};
use wakeful_tests::child::alone;

/// Takes every descriptor that is left, of not too many.
fn take_all() -> Vec<File> {
    let most = getrlimit(Resource::Nofile);
    let few = Rlimit { current: Some(64), ..most };
    setrlimit(Resource::Nofile, few).expect("a limit may be lowered");
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

fn is_there(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
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

            let error = awaited.status().await.expect_err("no descriptor to watch it by");
            let watching = format!("watching child process {}: ", awaited.id());
            assert!(error.to_string().starts_with(&watching), "{error}");
            assert_eq!(os_code(&error), Some(libc::EMFILE));

            let error = Command::new("true").stdin(Stdio::piped()).spawn().expect_err("no pipe");
            assert!(error.to_string().starts_with("starting \"true\": "), "{error}");
            assert_eq!(os_code(&error), Some(libc::EMFILE));

            let error = Signals::new([SIGUSR1]).expect_err("no socket pair");
            assert!(error.to_string().starts_with("listening for signals: "), "{error}");
            assert_eq!(os_code(&error), Some(libc::EMFILE));

            // Killed, but not ended yet when it is dropped; and nothing is left to watch it by.
            dropped.kill().expect("killed");
            drop(dropped);

            drop(all);
            assert!(poll_once(awaited.status()).await.is_none(), "it runs as ever");
            awaited.kill().expect("killed");
            let status = awaited.status().await.expect("awaited");
            assert!(!status.success());

            let begun = Instant::now();
            while is_there(orphan) {
                assert!(begun.elapsed() < Duration::from_secs(30), "a zombie stays");
                let status = Command::new("true").status().await;
                assert!(status.expect("awaited").success());
            }
        });
    });
}
