//! One measurement: the processes it takes, started, listened to, and ended.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::plan::{Kind, Row};
use super::{counts, firmware, pay};
use crate::probe::cpu_ns_of;
use crate::work::crawl::SITE;
use crate::work::{Found, Outcome};

/// Python's event loops that can take part.
const PYTHON: [&str; 3] = ["asyncio", "uvloop", "gevent"];

/// Measures one row on one backend, once.
pub fn measure(row: &Row, backend: &str) -> Found {
    match row.kind {
        Kind::Process => figures(&mut measured(row, backend, row.count)),
        Kind::Instructions => counts::instructions(row, backend),
        Kind::Crawl | Kind::PageCalls => {
            let site = Server::start(&mut this(&["serve", "site"]))?;
            let crawler = |pages| {
                let mut crawler = measured(row, backend, pages);
                crawler.env(SITE, site.address.to_string());
                crawler
            };
            match row.kind {
                Kind::PageCalls => counts::page_calls(row.count, crawler),
                _ => figures(&mut crawler(row.count)),
            }
        }
        Kind::Echo => figures(&mut Server::echo(backend)?.load("echo", row.size, row.count)),
        Kind::Idle => figures(&mut Server::echo(backend)?.load("idle", row.size, row.count)),
        Kind::PacedCalls => counts::system_calls(backend, "paced", row.size, row.count),
        Kind::BusyCalls => counts::system_calls(backend, "busy", row.size, row.count),
        Kind::WakeCalls => counts::wake_calls(row.count, |count| measured(row, backend, count)),
        Kind::Hyper => Server::hyper(backend)?.under_wrk(row.size, row.count),
        Kind::Pay => pay::price(backend),
        Kind::Firmware => firmware::counts(row.workload, backend),
    }
}

/// This program, with other words.
fn this(words: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let mut command = Command::new(program);
    command.args(words);
    command
}

/// The process that runs a row's workload, `count` operations long.
pub fn measured(row: &Row, backend: &str, count: usize) -> Command {
    let (size, count) = (row.size.to_string(), count.to_string());
    if PYTHON.contains(&backend) {
        let mut command = python(row.workload, backend);
        command.args([size, count]);
        return command;
    }
    this(&["measure", row.workload, backend, &size, &count])
}

fn python(script: &str, kind: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(format!("{}/python/{script}.py", env!("CARGO_MANIFEST_DIR"))).arg(kind);
    command
}

/// Which of Python's loops are installed.
pub fn python_kinds() -> Vec<&'static str> {
    let installed = |kind: &&str| {
        let mut command = Command::new("python3");
        command.args(["-c", &format!("import {kind}")]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    PYTHON.into_iter().filter(installed).collect()
}

/// Runs a measured process and reads its `name value` lines.
pub fn figures(command: &mut Command) -> Found {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(why.lines().last().unwrap_or("it failed and said nothing").into());
    }
    let mut outcome = Outcome::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (name, value) = line.split_once(' ').ok_or_else(|| format!("no figure: {line}"))?;
        let value = value.parse().map_err(|_| format!("no number: {line}"))?;
        outcome = outcome.and(name, value);
    }
    Ok(outcome)
}

/// A server in a process of its own, ended when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a backend's echo server.
    pub fn echo(backend: &str) -> Result<Self, String> {
        if PYTHON.contains(&backend) {
            return Self::start(&mut python("echo", backend));
        }
        Self::start(&mut this(&["serve", "echo", backend]))
    }

    /// Starts a backend's hyper, on the first processor, so that the load has the other to itself.
    pub fn hyper(backend: &str) -> Result<Self, String> {
        let this = this(&["serve", "hyper", backend]);
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0"]).arg(this.get_program()).args(this.get_args());
        Self::start(&mut pinned)
    }

    /// CPU time of this server for each request that wrk sends over so many connections.
    pub fn under_wrk(&self, connections: usize, seconds: usize) -> Found {
        let wrk = |seconds: usize| {
            let mut wrk = Command::new("taskset");
            wrk.args(["-c", "1", "wrk", "-t1"]);
            wrk.args([format!("-c{connections}"), format!("-d{seconds}s")]);
            let output = wrk.arg(format!("http://{}/", self.address)).output();
            let output = output.map_err(|error| format!("wrk: {error}"))?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let requests = text.lines().find_map(|line| line.split_once(" requests in "));
            let requests = requests.and_then(|(count, _)| count.trim().parse::<f64>().ok());
            requests.ok_or_else(|| format!("wrk counted nothing: {text}"))
        };
        wrk(1)?;
        let cpu = || cpu_ns_of(self.pid()).map_err(|error| error.to_string());
        let before = cpu()?;
        let requests = wrk(seconds)?;
        let each = (cpu()? - before) as f64 / requests;
        let rate = requests / seconds as f64;
        Ok(Outcome::default().and("cpu_ns", each).and("rate", rate))
    }

    /// Starts a server that prints its address as its first line.
    fn start(command: &mut Command) -> Result<Self, String> {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = spawned.map_err(|error| error.to_string())?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let Ok(address) = line.trim().parse() else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("no such server".into());
        };
        Ok(Self { child, address })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process that puts load on this server.
    pub fn load(&self, kind: &str, connections: usize, requests: usize) -> Command {
        this(&[
            "load",
            kind,
            &self.address.to_string(),
            &self.pid().to_string(),
            &connections.to_string(),
            &requests.to_string(),
        ])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves for ever, so this is its end; that it ended already is no one's loss.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints a server's address, for the conductor to read.
pub fn announce(address: SocketAddr) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{address}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}
