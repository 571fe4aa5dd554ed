//! The head of a report: the machine, the versions, the commit.

use std::fs;
use std::process::Command;

use super::root;

/// The crates whose versions a reader needs to repeat the run.
const CRATES: [&str; 10] = [
    "tokio",
    "mio",
    "async-executor",
    "async-io",
    "async-task",
    "polling",
    "embassy-executor",
    "edge-executor",
    "futures",
    "async-channel",
];

/// Lines that say where and with what the figures were taken.
pub fn lines() -> Vec<String> {
    let processor = grep("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    let family = grep("/proc/cpuinfo", "cpu family").unwrap_or_default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = grep("/proc/meminfo", "MemTotal").unwrap_or_default();
    let flags = grep("/proc/cpuinfo", "flags").unwrap_or_default();
    let host = if flags.contains("hypervisor") { ", virtual" } else { "" };
    let versions: Vec<String> = CRATES.iter().filter_map(|name| version(name)).collect();
    vec![
        format!("Machine: {processor} (family {family}), {threads} CPUs{host}, {memory}."),
        format!(
            "System: Linux {}; {}; {}.",
            said("uname", &["-r"]),
            said("rustc", &["--version"]),
            said("python3", &["--version"])
        ),
        format!("Peers: {}.", versions.join(", ")),
        format!("Commit: {}.", commit()),
        format!("Load average at the end: {}; the run by itself makes 1 to 2.", load()),
    ]
}

/// Over 1, 5 and 15 minutes: what else ran, above one or two.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The commit the figures belong to.
fn commit() -> String {
    let root = root();
    let root = root.to_string_lossy();
    let hash = said("git", &["-C", &root, "rev-parse", "--short=12", "HEAD"]);
    let changed = said("git", &["-C", &root, "status", "--porcelain", "executor", "reactor"]);
    if changed.is_empty() { hash } else { format!("{hash}, with changes to it") }
}

fn said(program: &str, words: &[&str]) -> String {
    match Command::new(program).args(words).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().into(),
        Err(_) => format!("{program} is not here"),
    }
}

fn grep(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().into())
}

fn version(name: &str) -> Option<String> {
    let lock = include_str!("../../Cargo.lock");
    let named = format!("\nname = \"{name}\"\n");
    let package = lock.split("[[package]]").find(|package| package.contains(&named))?;
    let version = package.lines().find_map(|line| line.strip_prefix("version = "))?;
    Some(format!("{name} {}", version.trim_matches('"')))
}
