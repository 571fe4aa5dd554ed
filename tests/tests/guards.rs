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
use std::process::Command;
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

/// Instructions that one repetition of `work` costs: two lengths, subtracted.
fn instructions(work: &str) -> Option<f64> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if valgrind.is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI counts instructions: install valgrind");
        eprintln!("skipped: valgrind is not installed, so {work} was not counted");
        return None;
    }
    let total = |count: u32| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let output = valgrind.arg(counted()).args([work, &count.to_string()]).output();
        let output = output.expect("valgrind runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let number = said.lines().find_map(|line| line.split_once("Collected :"));
        let number = number.expect("callgrind says how many").1.trim().parse::<f64>();
        number.expect("a number")
    };
    Some((total(30_000) - total(10_000)) / 20_000.0)
}

/// Holds the instructions of `work` to `limit`. Half the limit is as suspicious: then something
/// else is counted than was meant.
fn guard(work: &str, limit: f64) {
    let Some(each) = instructions(work) else {
        return;
    };
    println!("{work}: {each:.1} instructions, limit {limit}");
    assert!(each <= limit, "{work} costs {each:.1} instructions, more than {limit}");
    assert!(each >= limit / 2.0, "{work} costs {each:.1} instructions: lower the limit of {limit}");
}

#[test]
fn a_yield_costs_no_more_instructions_than_before() {
    guard("yield", 82.0);
}

#[test]
fn a_spawn_and_join_cost_no_more_instructions_than_before() {
    guard("spawn", 290.0);
}

#[test]
fn a_wake_and_its_poll_cost_no_more_instructions_than_before() {
    guard("wake", 79.0);
}

#[test]
fn arming_and_dropping_a_timer_cost_no_more_instructions_than_before() {
    guard("timer", 430.0);
}

/// Holds the bytes that `work` prints, as `name value` lines, to their limits.
fn weigh(work: &str, count: &str, limits: &[(&str, f64)]) {
    let output = Command::new(counted()).args([work, count]).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let said = String::from_utf8(output.stdout).expect("text");
    println!("{said}");
    let weights: Vec<_> = said.lines().filter_map(|line| line.split_once(' ')).collect();
    let names = |all: Vec<&str>| all.join(" ");
    assert_eq!(
        names(weights.iter().map(|weight| weight.0).collect()),
        names(limits.iter().map(|limit| limit.0).collect())
    );
    for ((name, value), (_, limit)) in weights.iter().zip(limits) {
        let value: f64 = value.parse().expect("a number");
        assert!(value <= *limit, "a {name} weighs {value} bytes, more than {limit}");
        assert!(value >= limit / 2.0, "a {name} weighs {value} bytes: lower the limit of {limit}");
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
    weigh("bytes", "100000", &limits);
}

#[test]
fn an_idle_connection_weighs_no_more_than_before() {
    // 296 the task, of which 256 are its buffer; 24 its slot's tail; 32 the header; 40 the source;
    // and what is unused of the pages, which is less of it the more there are.
    weigh("connections", "400", &[("connection", 410.0)]);
}
