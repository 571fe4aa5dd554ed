//! The bare-metal images: built, run on QEMU, and compared with what they must print; the targets
//! that the executor must compile for; and the counts that must not grow.
//!
//! They need tools that not every machine has (a compiler with core for Cortex-M, QEMU). Where
//! something is missing the scripts say what and exit with 3, and the test ends as skipped; under
//! `CI=true` that is a failure.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// What the scripts exit with when tools are missing.
const TOOLS_ARE_MISSING: i32 = 3;

/// Runs a script of `demos/firmware` and gives what it printed, or `None` without the tools.
fn script(name: &str, args: &[&str]) -> Option<String> {
    // One at a time: they build into one folder.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../demos/firmware");
    let Output { status, stdout, stderr } = Command::new("bash")
        .arg(folder.join(name))
        .args(args)
        .env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("RUSTC")
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&stderr);
    if status.code() == Some(TOOLS_ARE_MISSING) {
        let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!in_ci, "CI installs these tools:\n{said}");
        eprintln!("skipped:\n{said}");
        return None;
    }
    assert!(status.success(), "{name} {args:?}: {status}\n{said}");
    Some(String::from_utf8(stdout).expect("the scripts print text"))
}

/// The image prints what it must on each kind of processor, and exits with 0.
fn image_prints(image: &str, golden: &str) {
    for cpu in ["m3", "m3-cs", "m0"] {
        if let Some(printed) = script("run.sh", &[image, cpu]) {
            assert_eq!(printed, golden, "{image} on {cpu}");
        }
    }
}

#[test]
fn three_tasks_sleep_at_once_without_an_operating_system() {
    image_prints("sleep_hello", include_str!("../firmware/sleep_hello.txt"));
}

#[test]
fn an_interrupt_feeds_a_task_with_its_newest_reading() {
    image_prints("interrupt_signal", include_str!("../firmware/interrupt_signal.txt"));
}

#[test]
fn the_executor_of_the_higher_priority_preempts_the_lower_one() {
    image_prints("two_priorities", include_str!("../firmware/two_priorities.txt"));
}

#[test]
fn the_executor_compiles_for_processors_with_and_without_compare_and_swap() {
    let Some(checked) = script("check-targets.sh", &[]) else {
        return;
    };
    for target in ["thumbv6m", "thumbv7m", "riscv32imc", "riscv32imac", "wasm32"] {
        let lines = checked.lines().filter(|line| line.starts_with(target));
        assert!(lines.count() > 0, "{target} is among them:\n{checked}");
    }
}

/// The limits of one image, close above its counts.
struct Limits {
    image: &'static str,
    /// Bytes of text and constants over the same work written by hand.
    over: f64,
    /// Instructions of a yield.
    yields: f64,
}

const fn limits(image: &'static str, over: f64, yields: f64) -> Limits {
    Limits { image, over, yields }
}

/// Holds the lines of the size table to their limits.
fn hold_counts(cpu: &str, images: &[Limits]) {
    let Some(table) = script("size-table.sh", &["--only", "wakeful", "--cpu", cpu]) else {
        return;
    };
    for limits in images {
        let line = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|words| words.len() == 8 && words[..2] == [cpu, limits.image])
            .unwrap_or_else(|| panic!("the table has a line for {}:\n{table}", limits.image));
        let number = |column: usize| line[column].parse::<f64>();
        let what = format!("{cpu} {}", limits.image);
        hold(&format!("{what}, text over the floor"), number(4).expect("bytes"), limits.over);
        // Of one more task's bytes, 16 are its own.
        if let Ok(one_more) = number(6) {
            hold(&format!("{what}, RAM of one more task"), one_more, 28.0);
        }
        let yields = number(7).expect("instructions");
        hold(&format!("{what}, instructions a yield"), yields, limits.yields);
    }
}

/// Holds a count to a limit that is close above today's. Half of it is as suspicious.
fn hold(what: &str, count: f64, limit: f64) {
    println!("{what}: {count}, limit {limit}");
    assert!(count <= limit, "{what}: {count} is more than {limit}");
    assert!(count > limit / 2.0, "{what}: {count}: lower the limit of {limit}");
}

#[test]
fn the_counts_on_a_cortex_m3_do_not_grow() {
    hold_counts(
        "m3",
        &[
            limits("wakeful_detached-cs", 290.0, 71.5),
            limits("wakeful_spawned-cs", 395.0, 71.5),
            limits("wakeful_run-cs", 730.0, 74.0),
            limits("wakeful_joined-cs", 1_080.0, 71.5),
            limits("wakeful_until-cs", 1_550.0, 74.0),
            limits("wakeful_detached", 370.0, 89.0),
            limits("wakeful_spawned", 475.0, 89.0),
            limits("wakeful_run", 800.0, 92.0),
            limits("wakeful_joined", 1_190.0, 89.0),
            limits("wakeful_until", 1_660.0, 91.0),
        ],
    );
}

#[test]
fn the_counts_on_a_cortex_m0_do_not_grow() {
    hold_counts(
        "m0",
        &[
            limits("wakeful_detached-cs", 262.0, 78.0),
            limits("wakeful_spawned-cs", 340.0, 78.0),
            limits("wakeful_run-cs", 705.0, 84.0),
            limits("wakeful_joined-cs", 1_080.0, 80.0),
            limits("wakeful_until-cs", 1_555.0, 86.0),
        ],
    );
}
