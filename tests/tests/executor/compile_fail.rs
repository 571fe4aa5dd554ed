//! Misuse that the compiler meets: what it says, as a reader of the error sees it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds a program that uses the executor, and gives what the compiler says against it.
fn refused(name: &str, program: &str) -> String {
    let folder =
        std::env::temp_dir().join(format!("wakeful-refused-{name}-{}", std::process::id()));
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
         fn main() {{\n\
         let local = EXECUTOR.take().unwrap();\n\
         let _ = &SMALL;\n\
         {body}\n}}\n"
    )
}

#[test]
fn a_future_too_large_for_its_slot_is_refused_with_both_sizes_and_what_to_do() {
    let big = "let big = [1_u8; 100];
        local.spawn(async move { wakeful_executor::yield_now().await; big.len() }).unwrap().detach();";
    let said = refused("future", &program(big));
    // Both sizes, and what to do: the comment of the line that the compiler shows.
    let sizes = "index out of bounds: the length is 64 but the index is 102";
    assert!(said.contains(sizes), "{said}");
    let advice = "// The future is larger than a slot: raise BYTES, or use a `Storage`.";
    assert!(said.contains(advice), "{said}");
}

fn assert_output_too_large(said: &str) {
    let sizes = "index out of bounds: the length is 64 but the index is 100";
    assert!(said.contains(sizes), "{said}");
    let advice = "// The output is larger than a slot: raise BYTES, or box it.";
    assert!(said.contains(advice), "{said}");
}

#[test]
fn an_output_too_large_for_its_slot_is_refused() {
    let big = "drop(local.spawn(std::future::poll_fn(|_| std::task::Poll::Ready([1_u8; 100]))));";
    let said = refused("output", &program(big));
    assert_output_too_large(&said);
}

#[test]
fn a_box_does_not_help_an_output_that_is_too_large_or_too_aligned() {
    let big = "drop(local.spawn_any(std::future::ready([1_u8; 100])));";
    let said = refused("boxed", &program(big));
    assert_output_too_large(&said);
    let aligned = "#[repr(align(32))] struct Aligned(u8);
        drop(local.spawn_any(async { Aligned(1) }));";
    let said = refused("boxed_aligned", &program(aligned));
    assert!(said.contains("needs a larger alignment"), "{said}");
}

#[test]
fn a_future_or_output_of_too_large_an_alignment_is_refused() {
    // Neither is larger than the slot.
    let future = "#[repr(align(32))] struct Aligned(u8);
        let aligned = Aligned(1);
        drop(local.spawn(async move { wakeful_executor::yield_now().await; drop(aligned) }));";
    let said = refused("aligned", &program(future));
    assert!(said.contains("needs a larger alignment"), "{said}");
    let output = "#[repr(align(32))] struct Aligned(u8);
        drop(local.spawn(async { Aligned(1) }));";
    let said = refused("aligned_output", &program(output));
    assert!(said.contains("needs a larger alignment"), "{said}");
}

#[test]
fn an_executor_that_is_too_large_is_refused_in_a_static_and_on_the_heap() {
    let many = "type Many = wakeful_executor::Executor<600_000_000, 0>;";
    for made in ["static MANY: Many = Many::new();", "Many::leak();"] {
        let said = refused("many", &program(&format!("{many} {made}")));
        let limit = "an Executor has at most 128 KiB, or 16 GiB where pointers have 8 bytes";
        assert!(said.contains(limit), "{said}");
    }
}

#[test]
fn a_future_too_large_for_its_storage_is_refused() {
    let big = "let big = [1_u8; 100];
        drop(SMALL.place(async move { wakeful_executor::yield_now().await; big.len() }));";
    assert!(refused("storage", &program(big)).contains("larger than its Storage<BYTES>"));
}

#[test]
fn the_right_to_an_executor_and_its_handles_stay_on_their_thread() {
    let sent = "std::thread::spawn(move || local.len());";
    let said = refused("send", &program(sent));
    assert!(said.contains("cannot be sent between threads safely"), "{said}");
    let sent = "let task = local.spawn(async {}).unwrap();
        std::thread::spawn(move || task.is_finished());";
    let said = refused("handle", &program(sent));
    assert!(said.contains("cannot be sent between threads safely"), "{said}");
}

#[test]
fn a_dropped_handle_is_pointed_out() {
    let said = refused("must_use", &program("local.spawn(async {}).unwrap();"));
    assert!(said.contains("dropping a task cancels it; await it, or `detach` it"), "{said}");
}

#[test]
fn a_task_cannot_borrow_from_the_stack() {
    let borrowed = "let text = String::new();
        let task = local.spawn(async { text.len() }).unwrap();
        wakeful_executor::block_on(local.run_until(task));";
    assert!(refused("borrow", &program(borrowed)).contains("may outlive"));
}
