//! A test binary run again under strace, where it is installed: which system calls a scenario
//! makes, and what it does when strace puts faults in their place.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::child::{only, test_of};

/// Whether the wait under test is the one-call wait, which also reports the end of a stream: elsewhere
/// `polling` decides.
pub const ONE_CALL: bool =
    cfg!(all(target_os = "linux", not(wakeful_portable_wait), not(polling_test_poll_backend)));

/// Set in a scenario.
const SCENARIO: &str = "WAKEFUL_TEST_SCENARIO";
/// Set in a scenario whose faults are being injected.
const FAULTS: &str = "WAKEFUL_TEST_FAULTS";

/// Whether this is a scenario whose faults are being injected.
pub fn faults_are_injected() -> bool {
    std::env::var_os(FAULTS).is_some()
}

/// Marks the trace: twice, around what counts.
pub fn mark() {
    thread::yield_now();
}

/// A run of a scenario: the process, and where its trace will be.
pub struct Run {
    child: Child,
    trace: Option<PathBuf>,
}

/// Has the calls between the marks of `scenario` checked, as [`run`] runs it and if strace is there.
pub fn calls_of<F: FnOnce() -> io::Result<()>>(
    faults: &[&str],
    scenario: F,
    check: impl FnOnce(&[String]),
) -> io::Result<()> {
    if let Some(calls) = run(faults, scenario)?.map_or(Ok(None), Run::calls)? {
        check(&calls);
    }
    Ok(())
}

/// Starts the test that calls this again as its `scenario`, a closure written in the test, with
/// faults that strace puts in the place of system calls. `None` when the scenario itself has run.
pub fn run<F: FnOnce() -> io::Result<()>>(faults: &[&str], scenario: F) -> io::Result<Option<Run>> {
    if std::env::var_os(SCENARIO).is_some() {
        return scenario().map(|()| None);
    }
    let test = test_of::<F>();
    // It may be there and not allowed to trace, as in some containers.
    let strace = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let trace = std::env::temp_dir().join(format!("wakeful-{test}-{}", std::process::id()));
    let exe = std::env::current_exe()?;
    let mut command = Command::new(if strace { "strace".into() } else { exe.clone() });
    if strace {
        command.args(["-f", "-qq", "-s", "0", "-o"]).arg(&trace);
        command.args(faults.iter().flat_map(|fault| ["-e", fault])).arg(exe);
    }
    command.args(only(test));
    command.env(SCENARIO, "1").stdout(Stdio::piped());
    if strace && !faults.is_empty() {
        command.env(FAULTS, "1");
    }
    let child = command.spawn()?;
    let trace = strace.then_some(trace);
    Ok(Some(Run { child, trace }))
}

impl Run {
    /// The first line of the scenario's output that is an address.
    pub fn address(&mut self) -> SocketAddr {
        let output = self.child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("listening at ")?;
            address.parse().ok()
        });
        // The rest is read too, so that the scenario can go on talking.
        thread::spawn(move || lines.for_each(drop));
        address.expect("the scenario says where it listens")
    }

    /// The calls between the marks, by name; `None` without strace.
    pub fn calls(mut self) -> io::Result<Option<Vec<String>>> {
        if let Some(mut output) = self.child.stdout.take() {
            output.read_to_string(&mut String::new())?;
        }
        assert!(self.child.wait()?.success(), "the scenario failed");
        let Some(trace) = self.trace else {
            eprintln!("strace is not installed: the reactor's own counts alone were checked");
            return Ok(None);
        };
        let text = std::fs::read_to_string(&trace)?;
        std::fs::remove_file(&trace)?;
        let marks = text.lines().filter(|line| line.contains("sched_yield(")).count();
        assert_eq!(marks, 2, "the marks");
        let lines = text.lines().skip_while(|line| !line.contains("sched_yield(")).skip(1);
        let lines = lines.take_while(|line| !line.contains("sched_yield("));
        // Only beginnings: a call that is interrupted by another thread's shows up twice.
        let begun = lines.filter(|line| line.contains('(') && !line.contains("resumed>"));
        let call = |line: &str| line.split_once(' ').map(|(_, call)| call.trim().to_owned());
        Ok(Some(begun.filter_map(call).collect()))
    }
}

pub fn count(calls: &[String], names: &[&str]) -> usize {
    let is = |call: &&String| names.iter().any(|name| call.starts_with(&format!("{name}(")));
    calls.iter().filter(is).count()
}
