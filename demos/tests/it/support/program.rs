//! The program, run as a user runs it.

use std::process::{Command, Output};

/// The program with these arguments.
pub fn wakeful<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(args)
        .output()
        .expect("it runs")
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
