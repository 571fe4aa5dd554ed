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
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("bash")
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
    image_prints(
        "interrupt_signal",
        include_str!("../firmware/interrupt_signal.txt"),
    );
}

#[test]
fn the_executor_of_the_higher_priority_preempts_the_lower_one() {
    image_prints(
        "two_priorities",
        include_str!("../firmware/two_priorities.txt"),
    );
}

#[test]
fn the_executor_compiles_for_processors_with_and_without_compare_and_swap() {
    let Some(checked) = script("check-targets.sh", &[]) else {
        return;
    };
    for target in [
        "thumbv6m",
        "thumbv7m",
        "riscv32imc",
        "riscv32imac",
        "wasm32",
    ] {
        let lines = checked.lines().filter(|line| line.starts_with(target));
        assert!(lines.count() > 0, "{target} is among them:\n{checked}");
    }
}

/// A line of the size table: the executor's name is in front of its counts.
struct Counts {
    /// Bytes of text and constants over the same work written by hand.
    over: f64,
    /// Bytes of RAM of one more task, of whose 28 the task's own are 16.
    one_more: f64,
    /// Instructions of a yield.
    yields: f64,
}

/// wakeful's line of the size table.
fn counts(cpu: &str) -> Option<Counts> {
    let table = script("size-table.sh", &["--only", "wakeful", "--cpu", cpu])?;
    let line = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.len() == 8 && words[..2] == [cpu, "wakeful"])
        .unwrap_or_else(|| panic!("the table has a line for wakeful:\n{table}"));
    let number = |column: usize| line[column].parse().expect("a number");
    Some(Counts {
        over: number(4),
        one_more: number(6),
        yields: number(7),
    })
}

/// Holds a count to a limit that is close above today's. Half of it is as suspicious.
fn hold(what: &str, count: f64, limit: f64) {
    println!("{what}: {count}, limit {limit}");
    assert!(count <= limit, "{what}: {count} is more than {limit}");
    assert!(
        count > limit / 2.0,
        "{what}: {count}: lower the limit of {limit}"
    );
}

#[test]
fn the_counts_on_a_cortex_m3_do_not_grow() {
    let Some(m3) = counts("m3") else { return };
    hold("m3, text over the floor", m3.over, 1_900.0);
    hold("m3, RAM of one more task", m3.one_more, 28.0);
    hold("m3, instructions a yield", m3.yields, 103.0);
}

#[test]
fn the_counts_on_a_cortex_m0_do_not_grow() {
    let Some(m0) = counts("m0") else { return };
    hold("m0, text over the floor", m0.over, 1_840.0);
    hold("m0, RAM of one more task", m0.one_more, 28.0);
    hold("m0, instructions a yield", m0.yields, 195.0);
}
