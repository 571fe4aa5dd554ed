//! `process::Command`: pipes, exit statuses, kills. Everything that waits for an end runs both ways,
//! by the kernel's descriptor of a process and by SIGCHLD.
#![cfg(unix)]

use super::*;
use std::io::IoSlice;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Output};
use wakeful_reactor::process::Child;

/// Runs a test once for each way to learn of a child's end.
fn both_ways(test: impl AsyncFn(bool)) {
    for by_signal in [false, true] {
        block_on(test(by_signal));
    }
}

fn sh(script: &str, by_signal: bool) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).exit_by_signal(by_signal);
    command
}

fn spawned(command: &mut Command) -> Child {
    command.spawn().expect("spawned")
}

/// Reads its stdin, of which the caller has the other end, and says what it reads.
fn cat() -> Child {
    spawned(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()))
}

async fn end_of(child: &mut Child) -> ExitStatus {
    child.status().await.expect("awaited")
}

async fn output_of(command: &mut Command) -> Output {
    command.output().await.expect("ran")
}

#[test]
fn status_is_what_the_child_ended_with() {
    both_ways(async |by_signal| {
        for code in [0, 1, 255] {
            let status = sh(&format!("exit {code}"), by_signal).status().await.expect("awaited");
            assert_eq!(status.code(), Some(code));
        }
        let status = sh("kill -9 $$", by_signal).status().await.expect("awaited");
        assert_eq!((status.code(), status.signal()), (None, Some(9)));
    });
}

#[test]
fn a_child_that_ends_while_it_is_awaited_wakes_the_one_who_awaits() {
    both_ways(async |by_signal| {
        // It ends when its stdin does: after the first poll has found it running.
        let mut child = spawned(sh("cat; exit 7", by_signal).stdin(Stdio::piped()));
        let stdin = child.stdin.take();
        let mut status = pin!(child.status());
        for _ in 0..3 {
            assert!(poll_once(&mut status).await.is_none());
        }
        assert_eq!(child.try_status().expect("asked"), None);
        drop(stdin);
        assert_eq!(status.await.expect("awaited").code(), Some(7));
        // The status is kept.
        assert_eq!(child.try_status().expect("asked").expect("ended").code(), Some(7));
        assert_eq!(child.wait().await.expect("awaited").code(), Some(7));
    });
}

#[test]
fn status_closes_the_childs_stdin_so_that_it_can_end() {
    both_ways(async |by_signal| {
        let mut cat = sh("cat; exit 7", by_signal);
        let mut child = spawned(cat.stdin(Stdio::piped()).kill_on_drop(true));
        let status = timeout(Duration::from_secs(30), child.status()).await;
        assert_eq!(status.expect("it ended").expect("awaited").code(), Some(7));
        assert!(child.stdin.is_none());
    });
}

#[test]
fn a_cancelled_status_loses_nothing_and_two_may_wait_at_once() {
    both_ways(async |by_signal| {
        let mut child = spawned(sh("read line; exit 9", by_signal).stdin(Stdio::piped()));
        let stdin = child.stdin.take();
        for _ in 0..20 {
            assert!(poll_once(child.status()).await.is_none());
        }
        let (one, two) = (child.status(), child.status());
        let release = async { drop(stdin) };
        let ((one, two), ()) = zip(zip(one, two), release).await;
        assert_eq!([one, two].map(|status| status.expect("awaited").code()), [Some(9); 2]);
    });
}

#[test]
fn a_child_can_be_killed_while_it_is_awaited() {
    both_ways(async |by_signal| {
        let mut child = spawned(&mut sh("exec sleep 1000", by_signal));
        let mut status = pin!(child.status());
        assert!(poll_once(&mut status).await.is_none());
        child.kill().expect("killed");
        assert_eq!(status.await.expect("awaited").signal(), Some(9));
        child.kill().expect("one that has ended may be killed");
    });
}

#[test]
fn a_hundred_children_at_once_each_give_their_own_status() {
    both_ways(async |by_signal| {
        let start = |code| spawned(&mut sh(&format!("exit {code}"), by_signal));
        let mut children: Vec<_> = (0..100).map(start).collect();
        let statuses: Vec<_> = children.iter_mut().map(Child::status).collect();
        for (code, status) in (0..).zip(statuses) {
            assert_eq!(status.await.expect("awaited").code(), Some(code));
        }
    });
}

#[test]
fn output_collects_both_streams_to_their_ends_and_the_status() {
    both_ways(async |by_signal| {
        let output = output_of(&mut sh("echo out; echo err >&2; exit 4", by_signal)).await;
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(4));
    });
}

#[test]
fn output_reads_both_streams_at_once() {
    // Each is far more than a pipe holds, in turns: reading one after the other would never end.
    let script = "i=0; while [ $i -lt 64 ]; do \
                  head -c 8192 /dev/zero; head -c 8192 /dev/zero >&2; i=$((i+1)); done";
    let output = block_on(output_of(&mut sh(script, false)));
    assert_eq!((output.stdout.len(), output.stderr.len()), (64 * 8192, 64 * 8192));
    assert!(output.status.success());
}

#[test]
fn output_gives_an_empty_stdin_and_respects_what_was_set() {
    block_on(async {
        let output = output_of(&mut Command::new("cat")).await;
        assert_eq!((output.stdout.len(), output.status.code()), (0, Some(0)));
        let mut both = sh("echo out; echo err >&2", false);
        let output = output_of(both.stderr(Stdio::null())).await;
        assert_eq!((&output.stdout[..], output.stderr.len()), (&b"out\n"[..], 0));
    });
}

#[test]
fn a_megabyte_goes_through_a_child_unchanged_while_it_is_read() {
    let sent: Vec<u8> = (0..1_000_000u32).map(|n| (n * 31 % 251) as u8).collect();
    let mut child = cat();
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut received = Vec::new();
    block_on(async {
        let feed = async {
            stdin.write_all(&sent).await.expect("written");
            stdin.close().await.expect("closed");
            let error = stdin.write(b"more").await.expect_err("it is closed");
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        };
        zip(feed, async { stdout.read_to_end(&mut received).await.expect("read") }).await;
        assert!(end_of(&mut child).await.success());
    });
    assert!(received == sent, "{} of {} bytes came, or others", received.len(), sent.len());
}

#[test]
fn writing_to_a_child_that_has_ended_is_an_error_and_no_signal() {
    // Alone, or another test's child has the pipe too, between its fork and its exec.
    alone(|| {
        let mut child = spawned(Command::new("true").stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().expect("a pipe");
        block_on(async {
            assert!(end_of(&mut child).await.success());
            let error = stdin.write_all(b"too late").await.expect_err("nobody reads");
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        });
    });
}

#[test]
fn one_childs_stdout_is_another_childs_stdin() {
    block_on(async {
        let mut echo = spawned(Command::new("echo").arg("wakeful").stdout(Stdio::piped()));
        let between = echo.stdout.take().expect("a pipe").into_stdio().await.expect("turned");
        let mut tr = Command::new("tr");
        let output = output_of(tr.args(["a-z", "A-Z"]).stdin(between)).await;
        assert_eq!(output.stdout, b"WAKEFUL\n");

        let mut middle = cat();
        let said = format!("{middle:?}");
        assert!(said.contains(&format!("process {}", middle.id())), "{said}");
        let parts = [IoSlice::new(b"in "), IoSlice::new(b"parts")];
        let stdin = middle.stdin.as_mut().expect("a pipe");
        assert_eq!(stdin.write_vectored(&parts).await.expect("written"), 8);
        assert_eq!(middle.output().await.expect("ran").stdout, b"in parts");

        let mut last = cat();
        let between = last.stdin.take().expect("a pipe").into_stdio().await.expect("turned");
        let first = Command::new("echo").arg("back").stdout(between).status().await;
        assert!(first.expect("awaited").success());
        assert_eq!(last.output().await.expect("ran").stdout, b"back\n");
    });
}

#[test]
fn what_cannot_be_started_is_not_found_and_named() {
    block_on(async {
        let error = Command::new("no-such-program-here").spawn().expect_err("there is none");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
        let error = Command::new("no-such-program-here").output().await.expect_err("nor now");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn arguments_environment_and_directory_are_the_childs() {
    let mut command = sh("echo $0 $1 $A$B$HOME; pwd", false);
    command.args(["zero", "one"]).env_clear().env("A", "x").envs([("B", "y"), ("C", "z")]);
    command.env("PATH", "/usr/bin:/bin").env_remove("C").current_dir("/");
    let output = block_on(output_of(&mut command));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "zero one xy\n/\n");
    assert!(format!("{command:?}").contains("sh"), "std's own form");
}

#[test]
fn a_command_of_std_is_taken_over_and_may_be_spawned_again() {
    let mut std = std::process::Command::new("sh");
    std.args(["-c", "echo again"]);
    let mut command = Command::from(std);
    block_on(async {
        for _ in 0..3 {
            assert_eq!(output_of(&mut command).await.stdout, b"again\n");
        }
        // What `output` sets is for itself alone.
        let child = spawned(&mut command);
        assert!(child.stdout.is_none() && child.stderr.is_none());
        assert!(child.output().await.expect("ran").status.success());
    });
}
