//! What stands behind the last line of the demo `awaitable`: awaiting a number does not compile,
//! and the compiler says of it what the demo says.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the compiler says about `source`, and whether it compiles.
fn compile(source: &str) -> (bool, String) {
    // The compiler beside the cargo that built this test; elsewhere, the one on the path.
    let beside = Path::new(env!("CARGO")).with_file_name("rustc");
    let rustc = if beside.exists() { beside } else { "rustc".into() };
    let mut child = Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "tried"])
        .args(["--emit", "metadata", "-o", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustc starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(source.as_bytes()).expect("rustc reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("rustc ends");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn awaiting_a_number_is_refused_with_the_words_of_the_demo() {
    let (compiles, said) = compile("pub async fn tried() { let _: () = 5_i32.await; }");
    assert!(!compiles);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/awaitable.txt");
    let golden = fs::read_to_string(golden).expect("the golden is there");
    let line = golden.lines().last().expect("it has lines");
    let words = line.strip_prefix("await 5: ").and_then(|line| line.split_once(": "));
    let (code, reason) = words.expect("the last line has a code and a reason");
    assert_eq!(code, "E0277");
    assert!(said.contains(&format!("error[{code}]: {reason}")), "{said}");
}

#[test]
fn awaiting_a_future_of_a_number_compiles() {
    let (compiles, said) =
        compile("pub async fn tried() -> i32 { std::future::ready(5_i32).await }");
    assert!(compiles, "{said}");
}
