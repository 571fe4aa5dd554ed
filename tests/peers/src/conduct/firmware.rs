//! The counts on a microcontroller: `demos/firmware/size-table.sh` builds the same work by hand and
//! by each executor, weighs the images and has QEMU execute them.

use std::process::Command;

use super::root;
use crate::work::{Found, Outcome};

/// What is said where the script finds its tools missing.
pub const SKIPPED: &str = "Skipped: the tools for it (a compiler with `core` for Cortex-M, QEMU) are \
not on this machine.";

/// What the script exits with then.
const TOOLS_ARE_MISSING: i32 = 3;

/// The line of `executor` in the script's table for `cpu`.
pub fn counts(cpu: &str, executor: &str) -> Found {
    let mut script = Command::new("bash");
    script.arg(root().join("demos/firmware/size-table.sh"));
    // Of ours, the image that does what the peers' do: tasks that nobody joins, and no parent.
    let executor = match executor {
        super::plan::OURS => "wakeful_spawned-cs",
        other => other,
    };
    // The floor's line is always there.
    let only = match executor {
        "floor" => "lilos",
        other => other,
    };
    script.args(["--cpu", cpu, "--only", only]);
    for inherited in ["RUSTC", "CARGO", "RUSTUP_TOOLCHAIN"] {
        script.env_remove(inherited);
    }
    let output = script.output().map_err(|error| format!("bash: {error}"))?;
    if output.status.code() == Some(TOOLS_ARE_MISSING) {
        return Err(SKIPPED.into());
    }
    let table = String::from_utf8_lossy(&output.stdout);
    let line = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.len() == 8 && words[..2] == [cpu, executor])
        .ok_or_else(|| format!("the table has no line for {executor} on {cpu}"))?;
    // cpu executor text rodata over ram one_more yield; a dash where there is no figure.
    let figures = [("over", 4), ("one_more", 6), ("yield", 7)];
    let known = figures.into_iter().filter_map(|(name, column)| {
        let value = line[column].parse().ok()?;
        Some((name.to_string(), value))
    });
    Ok(Outcome(known.collect()))
}
