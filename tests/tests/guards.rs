//! Guards: what a yield, a spawn, a wake and a timer cost in instructions, and what slots, timers
//! and sources weigh, may not grow unnoticed. Each limit stands close above the value of the day it
//! was set; whoever lowers a value lowers its limit.
//!
//! Counted is an optimised program of its own (`tests/peers/counted`), because this binary is built
//! without optimisation and with feature `observe`. Without valgrind the instructions are not
//! counted, and the test says so; where `CI` is set, valgrind must be there. System calls are
//! guarded by `reactor_processes/syscalls.rs`, a microcontroller's text, RAM and instructions by `firmware`.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program, built once for all guards.
fn counted() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/counted");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&folder).args(["build", "--release", "--quiet"]);
        // The outer build's flags (sanitizers, coverage) are not what is counted.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counted");
        cargo.arg("--target-dir").arg(&target);
        assert!(cargo.status().expect("cargo runs").success(), "counted builds");
        target.join("release/counted")
    })
}

/// What the counted program prints or, under valgrind, what valgrind says.
fn run(mut command: Command, work: &str, count: u32) -> Output {
    let output = command.args([work, &count.to_string()]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Holds a count to a limit. Half the limit is as suspicious: then something else is counted than was
/// meant.
fn hold(what: &str, count: f64, limit: f64) {
    println!("{what}: {count:.1}, limit {limit}");
    assert!(count <= limit, "{what}: {count:.1} is more than {limit}");
    assert!(count >= limit / 2.0, "{what}: {count:.1}: lower the limit of {limit}");
}

/// Instructions that one repetition of `work` costs: two lengths, subtracted.
fn instructions(work: &str) -> f64 {
    let total = |count: u32| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(counted());
        let said = String::from_utf8(run(valgrind, work, count).stderr).expect("text");
        let number = said.lines().find_map(|line| line.split_once("Collected :"));
        let number = number.expect("callgrind says how many").1.trim().parse::<f64>();
        number.expect("a number")
    };
    (total(30_000) - total(10_000)) / 20_000.0
}

#[test]
fn yields_spawns_wakes_and_timers_cost_no_more_instructions_than_before() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI counts instructions: install valgrind");
        eprintln!("skipped: valgrind is not installed, so no instructions were counted");
        return;
    }
    // A spawn with its join, a wake with its poll, a timer armed and dropped.
    for (work, limit) in [("yield", 82.0), ("spawn", 290.0), ("wake", 79.0), ("timer", 430.0)] {
        hold(&format!("instructions of a {work}"), instructions(work), limit);
    }
}

/// Holds the bytes that `work` prints, as `name value` lines, to their limits.
fn weigh(work: &str, count: u32, limits: &[(&str, f64)]) {
    let said = String::from_utf8(run(Command::new(counted()), work, count).stdout).expect("text");
    let weights: Vec<_> = said.lines().filter_map(|line| line.split_once(' ')).collect();
    let names: Vec<_> = weights.iter().map(|weight| weight.0).collect();
    assert_eq!(names, limits.iter().map(|limit| limit.0).collect::<Vec<_>>());
    for ((name, value), (_, limit)) in weights.iter().zip(limits) {
        hold(&format!("bytes of a {name}"), value.parse().expect("a number"), *limit);
    }
}

#[test]
fn slots_timers_and_sources_weigh_no_more_than_before() {
    let limits = [
        // Besides the future: the header, and room for a joiner's waker.
        ("slot", 48.0),
        // 40 each, and room for 512 of them where there are 400.
        ("source", 56.0),
        // The waker and the deadline, and its place in the heap.
        ("timer", 52.0),
    ];
    weigh("bytes", 100_000, &limits);
}

#[test]
fn an_idle_connection_weighs_no_more_than_before() {
    // 296 the task, of which 256 are its buffer; 24 its slot's tail; 32 the header; 40 the source;
    // and what is unused of the pages, which is less of it the more there are.
    weigh("connections", 400, &[("connection", 410.0)]);
}
