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

/// Three tasks sleep at once without an operating system; an interrupt feeds a task with its newest
/// reading; the executor of the higher priority preempts the lower one.
#[test]
fn each_image_prints_what_it_must_on_each_kind_of_processor() {
    for (image, golden) in [
        ("sleep_hello", include_str!("../firmware/sleep_hello.txt")),
        ("interrupt_signal", include_str!("../firmware/interrupt_signal.txt")),
        ("two_priorities", include_str!("../firmware/two_priorities.txt")),
    ] {
        for cpu in ["m3", "m3-cs", "m0"] {
            if let Some(printed) = script("run.sh", &[image, cpu]) {
                assert_eq!(printed, golden, "{image} on {cpu}");
            }
        }
    }
}

#[test]
fn the_executor_compiles_for_processors_with_and_without_compare_and_swap() {
    let Some(checked) = script("check-targets.sh", &[]) else { return };
    for target in ["thumbv6m", "thumbv7m", "riscv32imc", "riscv32imac", "wasm32"] {
        let lines = checked.lines().filter(|line| line.starts_with(target));
        assert!(lines.count() > 0, "{target} is among them:\n{checked}");
    }
}

/// Of one image: bytes of text and constants over the same work written by hand, and instructions of
/// a yield. Each limit is close above today's count.
type Limits = (&'static str, f64, f64);

/// Holds the lines of the size table to their limits.
fn hold_counts(cpu: &str, images: &[Limits]) {
    let Some(table) = script("size-table.sh", &["--only", "wakeful", "--cpu", cpu]) else { return };
    for &(image, over, yields) in images {
        let line = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|words| words.len() == 8 && words[..2] == [cpu, image])
            .unwrap_or_else(|| panic!("the table has a line for {image}:\n{table}"));
        let number = |column: usize| line[column].parse::<f64>();
        let what = format!("{cpu} {image}");
        hold(&format!("{what}, text over the floor"), number(4).expect("bytes"), over);
        // Of one more task's bytes, 16 are its own.
        if let Ok(one_more) = number(6) {
            hold(&format!("{what}, RAM of one more task"), one_more, 28.0);
        }
        hold(&format!("{what}, instructions a yield"), number(7).expect("instructions"), yields);
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
            ("wakeful_detached-cs", 290.0, 71.5),
            ("wakeful_spawned-cs", 395.0, 71.5),
            ("wakeful_run-cs", 730.0, 74.0),
            ("wakeful_joined-cs", 1_080.0, 71.5),
            ("wakeful_until-cs", 1_550.0, 74.0),
            ("wakeful_detached", 370.0, 89.0),
            ("wakeful_spawned", 475.0, 89.0),
            ("wakeful_run", 800.0, 92.0),
            ("wakeful_joined", 1_190.0, 89.0),
            ("wakeful_until", 1_660.0, 91.0),
        ],
    );
}

#[test]
fn the_counts_on_a_cortex_m0_do_not_grow() {
    hold_counts(
        "m0",
        &[
            ("wakeful_detached-cs", 262.0, 78.0),
            ("wakeful_spawned-cs", 340.0, 78.0),
            ("wakeful_run-cs", 705.0, 84.0),
            ("wakeful_joined-cs", 1_080.0, 80.0),
            ("wakeful_until-cs", 1_555.0, 86.0),
        ],
    );
}
