//! Counts made by another program: instructions by callgrind, system calls by perf's tracepoint
//! or, where that is not allowed, by strace.
//!
//! Both are taken at two lengths and subtracted, so that starting up and tearing down cancel out.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::child::{Server, figures, measured};
use super::plan::Row;
use crate::backends::wakeful::COUNTED;
use crate::work::{Found, Outcome};

/// Instructions that one operation of a row costs.
pub fn instructions(row: &Row, backend: &str) -> Found {
    let clock_is_idle = row.workload != "timeout";
    let short = collected(&measured(row, backend, row.count), clock_is_idle)?;
    let long = collected(&measured(row, backend, row.count * 3), clock_is_idle)?;
    let each = (long - short) / (2 * row.count) as f64;
    Ok(Outcome::default().and("instructions", each))
}

/// Instructions that a whole process ran, as callgrind counts them.
fn collected(command: &Command, clock_is_idle: bool) -> Result<f64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(command.get_program()).args(command.get_args());
    if clock_is_idle {
        valgrind.env(COUNTED, "1");
    }
    let output = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, number)| number.trim().parse().ok())
        .filter(|_| output.status.success())
        .ok_or_else(|| "callgrind counted nothing".into())
}

/// System calls that a backend's echo server makes for one request.
pub fn system_calls(backend: &str, load: &str, connections: usize, requests: usize) -> Found {
    let server = Server::echo(backend)?;
    // The first load brings up what is made once: helper threads, the loop itself.
    figures(&mut server.load("busy", connections, connections * 4))?;
    let short = calls(&server, load, connections, requests)?;
    let long = calls(&server, load, connections, requests * 3)?;
    let each = (long - short) / (2 * requests) as f64;
    Ok(Outcome::default().and("calls", each))
}

/// System calls that a crawler makes for one page; `crawler` gives the process for so many.
pub fn page_calls(pages: usize, crawler: impl Fn(usize) -> Command) -> Found {
    let total = |pages: usize| {
        let crawler = crawler(pages);
        let mut strace = Command::new("strace");
        strace.args(["-f", "-c", "-U", "calls,name"]);
        strace.arg(crawler.get_program()).args(crawler.get_args());
        for (name, value) in crawler.get_envs() {
            strace.env(name, value.unwrap_or_default());
        }
        let output = strace.output().map_err(|error| format!("strace: {error}"))?;
        in_total(&String::from_utf8_lossy(&output.stderr))
    };
    let each = (total(pages * 3)? - total(pages)?) / (2 * pages) as f64;
    Ok(Outcome::default().and("calls", each))
}

/// System calls for one wake from another thread, on both sides; the waking thread's pause is not
/// counted.
pub fn wake_calls(wakes: usize, both: impl Fn(usize) -> Command) -> Found {
    let mut found = page_calls(wakes, both)?;
    for (_, calls) in &mut found.0 {
        *calls -= 1.0;
    }
    Ok(found)
}

/// The sum under strace's table.
fn in_total(table: &str) -> Result<f64, String> {
    table
        .lines()
        .find(|line| line.trim_end().ends_with(" total"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| "strace counted nothing".into())
}

/// System calls of the server while it is under a load.
fn calls(server: &Server, load: &str, connections: usize, requests: usize) -> Result<f64, String> {
    let load = server.load(load, connections, requests);
    by_tracepoint(server.pid(), &load).or_else(|_| by_strace(server.pid(), load))
}

fn by_tracepoint(pid: u32, load: &Command) -> Result<f64, String> {
    let mut perf = Command::new("perf");
    perf.args(["stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", &pid.to_string(), "--"]);
    perf.arg(load.get_program()).args(load.get_args());
    let output = perf.output().map_err(|error| format!("perf: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find(|line| line.contains("raw_syscalls:sys_enter"))
        .and_then(|line| line.split(',').next())
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| "perf may not count system calls here".into())
}

fn by_strace(pid: u32, mut load: Command) -> Result<f64, String> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-U", "calls,name", "-p", &pid.to_string()]);
    let spawned = strace.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let strace = spawned.map_err(|error| format!("strace: {error}"))?;
    // It says on its way that it has attached, but only to a reader; so it is given time.
    thread::sleep(Duration::from_millis(300));
    let loaded = load.stdout(Stdio::null()).status().map_err(|error| error.to_string());
    let text = interrupted(strace)?;
    if !loaded?.success() {
        return Err("the load failed".into());
    }
    in_total(&text)
}

/// Ends a strace as a user's Ctrl-C does, and gives its table.
fn interrupted(strace: Child) -> Result<String, String> {
    if let Some(pid) = Pid::from_raw(strace.id() as i32) {
        kill_process(pid, Signal::INT).map_err(|error| error.to_string())?;
    }
    let output = strace.wait_with_output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}
