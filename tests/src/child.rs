//! A test in a process of its own: this test program run again, for that test alone. And how to wait
//! for other threads and processes.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Set in the child.
const ALONE: &str = "WAKEFUL_TEST_ALONE";

/// Runs `body` in a child of this process where no other test runs, and fails if the child does.
///
/// A test calls this as the first thing it does, with a closure written in the test: the child is
/// told the test's path, and that is read off the closure's type.
///
/// # Panics
/// When the child fails; what it printed is printed.
pub fn alone<F: FnOnce()>(body: F) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("a test has a program");
    let mut again = Command::new(program);
    let output = again.args(only(test_of::<F>())).env(ALONE, "1").output();
    let output = output.expect("a program can be run twice");
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the child failed");
    assert!(said.contains("1 passed"), "no test {}: {said}", test_of::<F>());
}

/// Arguments that run one test alone and show what it says.
pub fn only(test: &str) -> [&str; 5] {
    ["--exact", test, "--nocapture", "--test-threads", "1"]
}

/// The path of the test in which a closure of this type is written.
pub fn test_of<F>() -> &'static str {
    // `PROGRAM::MODULE::TEST::{{closure}}`
    let path = type_name::<F>();
    path.split_once("::")
        .and_then(|(_, rest)| rest.split_once("::{{closure}}"))
        .unwrap_or_else(|| panic!("{path} is no closure of a test"))
        .0
}

/// Whether `body` returns in a forked child of this process, in which this thread alone lives. One
/// that waits for ever is ended by the system.
#[cfg(unix)]
pub fn returns_in_a_fork(body: impl FnOnce()) -> bool {
    // SAFETY: the child takes no lock that another thread of the harness may hold but the allocator's,
    // which fork keeps sound.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: `alarm` has no requirements.
        unsafe { libc::alarm(30) };
        let done = catch_unwind(AssertUnwindSafe(body));
        // SAFETY: ends the child without running what belongs to the parent's harness.
        unsafe { libc::_exit(done.is_err().into()) };
    }
    let mut status = 0;
    // SAFETY: waits for the child that this function made.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    status == 0
}

/// Waits for a condition that other threads or processes bring about; the bound is only against a
/// hang.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "never came: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
