//! Each crate is copied out, alone, and builds and tests its examples there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of a crate's folder, of what is in the repository, outside the workspace.
fn vendor(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let to = std::env::temp_dir().join(format!("wakeful-vendored-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&to);
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in the temporary one");
    for entry in fs::read_dir(from).expect("a folder that can be read") {
        let entry = entry.expect("an entry that can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).expect("a file that can be copied");
        }
    }
}

/// Runs cargo in the copy; without the network first, since what it needs is here already.
fn cargo(folder: &Path, arguments: &[&str]) {
    let run = |offline: bool| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(folder).args(arguments);
        command.env("CARGO_TARGET_DIR", folder.join("target"));
        // The flags of this very build (a sanitizer's, say) are not the user's.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if offline {
            command.arg("--offline");
        }
        command.output().expect("cargo can be run")
    };
    let mut output = run(true);
    if !output.status.success() {
        output = run(false);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
}

fn stands_alone(name: &str, features: &[&str]) {
    let folder = vendor(name);
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(folder.join(file).is_file(), "{name} has no {file}");
    }
    for features in features {
        cargo(&folder, &["test", "--doc", "--features", features]);
    }
    fs::remove_dir_all(&folder).expect("the copy is ours");
}

#[test]
fn the_executor_builds_and_tests_its_examples_alone() {
    stands_alone("executor", &["", "std,observe"]);
}

#[test]
fn the_reactor_builds_and_tests_its_examples_alone() {
    stands_alone("reactor", &["", "full"]);
}
