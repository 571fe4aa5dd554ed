//! The program, run as a user runs it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program with these arguments.
pub fn wakeful<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wakeful")).args(args).output().expect("it runs")
}

/// The same, with this on its standard input.
pub fn wakeful_told<S: AsRef<std::ffi::OsStr>>(
    args: impl IntoIterator<Item = S>,
    input: &str,
) -> Output {
    told(Command::new(env!("CARGO_BIN_EXE_wakeful")).args(args), input)
}

/// Runs a command with this on its standard input.
pub fn told(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
