//! Children that nobody awaits: killed or left alone as was said, and no zombie of them stays.
//!
//! Linux only, for a zombie is seen in `/proc`.
#![cfg(target_os = "linux")]

use super::*;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use wakeful_tests::child::wait_until;

/// The state letter of a process: `Z` for a zombie, `None` for none at all.
fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Lets the reactor turn until the condition holds; the bound is only against a hang.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < SOON, "never came: {what}");
        sleep(2 * MS).await;
    }
}

fn is_running(pid: u32) -> bool {
    matches!(state(pid), Some('S' | 'R' | 'D'))
}

fn number(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).expect("a process number")).expect("not zero")
}

/// A child that lives until the test kills it.
fn sleeper(by_signal: bool) -> Command {
    let mut command = Command::new("sleep");
    command.arg("1000").exit_by_signal(by_signal);
    command
}

#[test]
fn dropped_children_live_on_and_the_reactor_reaps_each_when_it_ends() {
    for by_signal in [false, true] {
        block_on(async {
            let spawn = |_| sleeper(by_signal).spawn().expect("spawned").id();
            let pids: Vec<u32> = (0..60).map(spawn).collect();
            assert!(pids.iter().all(|&pid| is_running(pid)));
            for &pid in &pids {
                kill_process(number(pid), Signal::TERM).expect("killed by the test");
            }
            until("all are reaped", || pids.iter().all(|&pid| state(pid).is_none())).await;
        });
    }
}

#[test]
fn kill_on_drop_ends_the_child_also_when_its_status_was_being_awaited() {
    for by_signal in [false, true] {
        block_on(async {
            let mut child = sleeper(by_signal).kill_on_drop(true).spawn().expect("spawned");
            let pid = child.id();
            let mut status = Box::pin(child.status());
            assert!(poll_once(status.as_mut()).await.is_none());
            drop(child);
            assert!(is_running(pid), "its status is still awaited");
            drop(status);
            until("it is killed and reaped", || state(pid).is_none()).await;
        });
    }
}

#[test]
fn output_cancelled_after_any_number_of_polls_leaves_nothing_behind() {
    for by_signal in [false, true] {
        for polls in 0..12 {
            block_on(async {
                let mut command = Command::new("sh");
                command.args(["-c", "echo 1; echo 2 >&2; exec sleep 4321"]);
                command.kill_on_drop(true).exit_by_signal(by_signal);
                let before = children();
                {
                    let mut output = pin!(command.output());
                    for _ in 0..polls {
                        assert!(poll_once(output.as_mut()).await.is_none());
                        sleep(MS / 3).await;
                    }
                }
                let mine = |pid: &u32| !before.contains(pid) && is_sleep(*pid);
                until("it is gone", || !children().iter().any(mine)).await;
            });
        }
    }
}

/// Whether a process is a child of the test above, before or after its `exec`, or a zombie.
fn is_sleep(pid: u32) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains("4321") || state(pid) == Some('Z')
}

fn children() -> Vec<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs");
    let list = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children"));
    let lists: Vec<_> = tasks.filter_map(|task| list(task.ok()?).ok()).collect();
    lists.iter().flat_map(|list| list.split_whitespace()).flat_map(str::parse).collect()
}

#[test]
fn an_orphan_of_a_thread_that_ended_is_reaped_by_the_next_spawn_anywhere() {
    let orphan = thread::spawn(|| {
        let mut command = Command::new("sh");
        command.args(["-c", "read line"]).stdin(Stdio::piped());
        let mut child = command.spawn().expect("spawned");
        let stdin = child.stdin.take().expect("a pipe");
        // Handles stay on their thread; the descriptor may leave it.
        (child.id(), block_on(stdin.into_stdio()).expect("turned"))
    });
    let (pid, stdin) = orphan.join().expect("no panic");
    assert!(state(pid).is_some());
    drop(stdin);
    wait_until("it has ended", || matches!(state(pid), Some('Z') | None));
    // No reactor of this thread has heard of it.
    wait_until("a spawn reaps it", || {
        let status = block_on(Command::new("true").status());
        assert!(status.expect("awaited").success());
        state(pid).is_none()
    });
}

/// Starts a process that traces another, as a debugger does, until it is killed.
fn debugger(pid: u32) -> Pid {
    let traced = i32::try_from(pid).expect("a process number");
    // SAFETY: a forked child may use only what no other thread had half done. It makes system calls
    // without requirements and nothing else, until a signal ends it.
    let tracer = unsafe {
        let tracer = libc::fork();
        if tracer == 0 {
            libc::alarm(60);
            libc::ptrace(libc::PTRACE_SEIZE, traced, 0, 0);
            loop {
                libc::pause(); // which a signal ends
            }
        }
        tracer
    };
    Pid::from_raw(tracer).expect("forked")
}

/// A child that ends while it is traced: its end is reported, but it cannot be reaped before its
/// tracer lets it go, which is reported too.
#[test]
fn a_traced_child_that_ended_is_neither_polled_for_nor_forgotten() {
    // Alone, so that no signal for another test's child ends a wait of this thread.
    alone(|| {
        for (awaited, by_signal) in [(false, false), (false, true), (true, false), (true, true)] {
            traced(awaited, by_signal);
        }
    });
}

fn traced(awaited: bool, by_signal: bool) {
    block_on(async {
        let mut child = sleeper(by_signal).spawn().expect("spawned");
        let pid = child.id();
        let tracer = debugger(pid);
        let traced = format!("TracerPid:\t{tracer}\n");
        let status = || std::fs::read_to_string(format!("/proc/{pid}/status"));
        until("it is traced", || status().is_ok_and(|text| text.contains(&traced))).await;
        let ended = async {
            kill_process(number(pid), Signal::KILL).expect("killed");
            until("it has ended", || state(pid) == Some('Z')).await;
            let before = Metrics::now().waits;
            sleep(50 * MS).await;
            let waits = Metrics::now().waits - before;
            // Without edges, `poll` reports the end again and again.
            assert!(waits < 10 || cfg!(polling_test_poll_backend), "{waits} waits in 50 ms");
            assert_eq!(state(pid), Some('Z'));
            kill_process(tracer, Signal::KILL).expect("killed");
            waitpid(Some(tracer), WaitOptions::empty()).expect("ours");
        };
        if awaited {
            zip(child.status(), ended).await.0.expect("awaited");
        } else {
            drop(child);
            ended.await;
        }
        until("it is reaped", || state(pid).is_none()).await;
    });
}

#[test]
fn without_reap_on_drop_the_zombie_is_the_callers_affair() {
    block_on(async {
        let mut child = Command::new("echo");
        let mut child = child.reap_on_drop(false).stdout(Stdio::piped()).spawn().expect("spawned");
        let pid = child.id();
        let mut stdout = child.stdout.take().expect("a pipe");
        // `echo` is not awaited, and its end is waited for by its pipe and in `/proc`.
        stdout.read_to_end(&mut Vec::new()).await.expect("read");
        drop(child);
        until("it has ended", || state(pid) == Some('Z')).await;
        assert!(Command::new("true").status().await.expect("awaited").success());
        assert_eq!(state(pid), Some('Z'), "nobody else has reaped it");
        let reaped = waitpid(Some(number(pid)), WaitOptions::NOHANG).expect("ours");
        assert!(reaped.is_some());
    });
}
