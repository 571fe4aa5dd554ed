//! Misuse that the compiler meets: what it says, as a reader of the error sees it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds a program that uses the executor, and gives what the compiler says against it.
fn refused(program: &str) -> String {
    let folder = std::env::temp_dir().join(format!("wakeful-refused-{}", std::process::id()));
    let executor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../executor");
    fs::create_dir_all(folder.join("src")).expect("a folder in the temporary one");
    let manifest = format!(
        "[package]\nname = \"refused\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [dependencies]\nwakeful-executor = {{ path = {executor:?}, features = [\"std\"] }}\n\
         [workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file in our folder");
    fs::write(folder.join("src/main.rs"), program).expect("a file in our folder");
    let run = |offline: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        // A build, not a check: sizes are known only when a function is made for its types.
        command.current_dir(&folder).arg("build").args(offline);
        // One for all, so that the executor is built once.
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/refused"));
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.output().expect("cargo can be run")
    };
    let mut output = run(&["--offline"]);
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("offline") {
        output = run(&[]);
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    assert!(!output.status.success(), "it compiles: {program}");
    fs::remove_dir_all(&folder).expect("the folder is ours");
    said
}

/// A program around `body`, where `local` has slots of 64 bytes.
fn program(body: &str) -> String {
    format!(
        "#![deny(unused_must_use)]\n\
         static EXECUTOR: wakeful_executor::Executor<2, 64> = wakeful_executor::Executor::new();\n\
         static SMALL: wakeful_executor::Storage<64> = wakeful_executor::Storage::new();\n\
         type Many = wakeful_executor::Executor<600_000_000, 0>;\n\
         fn main() {{\n\
         let local = EXECUTOR.take().unwrap();\n\
         let _ = &SMALL;\n\
         {body}\n}}\n"
    )
}

/// What is wrong, a program's body that does it, and what the compiler must say: each part of it.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "a future too large for its slot: both sizes, and what to do in the line that is shown",
        "let big = [1_u8; 100];
        local.spawn(async move { wakeful_executor::yield_now().await; big.len() }).unwrap().detach();",
        &[
            "index out of bounds: the length is 64 but the index is 102",
            "// The future is larger than a slot: raise BYTES, or use a `Storage`.",
        ],
    ),
    (
        "an output too large",
        "drop(local.spawn(std::future::poll_fn(|_| std::task::Poll::Ready([1_u8; 100]))));",
        OUTPUT,
    ),
    (
        "an output too large, which a box does not help",
        "drop(local.spawn_any(std::future::ready([1_u8; 100])));",
        OUTPUT,
    ),
    (
        "an output too aligned, which a box does not help",
        "#[repr(align(32))] struct Aligned(u8);
        drop(local.spawn_any(async { Aligned(1) }));",
        &["needs a larger alignment"],
    ),
    (
        "an output too aligned, though not too large",
        "#[repr(align(32))] struct Aligned(u8);
        drop(local.spawn(async { Aligned(1) }));",
        &["needs a larger alignment"],
    ),
    (
        "a future too aligned, though not too large",
        "#[repr(align(32))] struct Aligned(u8);
        let aligned = Aligned(1);
        drop(local.spawn(async move { wakeful_executor::yield_now().await; drop(aligned) }));",
        &["needs a larger alignment"],
    ),
    ("too large an executor in a static", "static MANY: Many = Many::new();", LIMIT),
    ("too large an executor on the heap", "Many::leak();", LIMIT),
    (
        "a future too large for its storage",
        "let big = [1_u8; 100];
        drop(SMALL.place(async move { wakeful_executor::yield_now().await; big.len() }));",
        &["larger than its Storage<BYTES>"],
    ),
    (
        "the right to an executor sent to a thread",
        "std::thread::spawn(move || local.len());",
        &["cannot be sent between threads safely"],
    ),
    (
        "a handle sent to a thread",
        "let task = local.spawn(async {}).unwrap();
        std::thread::spawn(move || task.is_finished());",
        &["cannot be sent between threads safely"],
    ),
    (
        "a handle dropped by oversight",
        "local.spawn(async {}).unwrap();",
        &["dropping a task cancels it; await it, or `detach` it"],
    ),
    (
        "a task that borrows from the stack",
        "let text = String::new();
        let task = local.spawn(async { text.len() }).unwrap();
        wakeful_executor::block_on(local.run_until(task));",
        &["may outlive"],
    ),
];

const OUTPUT: &[&str] = &[
    "index out of bounds: the length is 64 but the index is 100",
    "// The output is larger than a slot: raise BYTES, or box it.",
];
const LIMIT: &[&str] = &["an Executor has at most 128 KiB, or 4 GiB where pointers have 8 bytes"];

#[test]
fn misuse_is_refused_with_what_is_wrong() {
    for (what, body, expected) in REFUSED {
        let said = refused(&program(body));
        for part in *expected {
            assert!(said.contains(part), "{what}: {said}");
        }
    }
}
