//! What must hold of the repository's text: manifests, dependencies, heads of files, tests.

use crate::{files, read};

/// The lines of a manifest's table, without comments.
fn table(manifest: &str, name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    manifest
        .lines()
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn value(manifest: &str, key: &str) -> String {
    let start = format!("{key} = ");
    let lines = table(manifest, "package");
    let line = lines.iter().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("no {key}")).clone()
}

#[test]
fn the_manifests_agree() {
    let manifests =
        ["executor", "reactor", "demos", "tests"].map(|name| read(&format!("{name}/Cargo.toml")));
    for key in ["version", "edition", "rust-version", "license"] {
        for manifest in &manifests {
            assert_eq!(value(manifest, key), value(&manifests[0], key));
        }
    }
}

#[test]
fn a_vendored_crate_depends_on_the_listed_crates_and_inherits_nothing() {
    let reactors =
        "futures-core futures-io pin-project-lite polling rustix signal-hook-registry slab";
    let executors = "critical-section heapless pin-project-lite";
    for (name, expected) in [("executor", executors), ("reactor", reactors)] {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let tables = ["dependencies", "target.'cfg(unix)'.dependencies"];
        let lines = tables.map(|name| table(&manifest, name)).concat();
        let mut names: Vec<_> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
        names.sort();
        assert_eq!(names.join(" "), expected);
        assert!(!manifest.contains("dev-dependencies"));
        assert!(!manifest.contains("workspace"), "a field is inherited");
        assert!(!manifest.contains("path ="), "a dependency is a neighbour");
    }
}

#[test]
fn the_two_crates_do_not_name_each_other() {
    for (folder, other) in [("executor", "reactor"), ("reactor", "executor")] {
        for (path, text) in files(&format!("{folder}/src"), ".rs") {
            for name in [format!("wakeful_{other}"), format!("wakeful-{other}")] {
                assert!(!text.contains(&name), "{path} names {name}");
            }
        }
        let manifest = read(&format!("{folder}/Cargo.toml"));
        assert!(!manifest.contains(&format!("wakeful-{other}")));
    }
}

#[test]
fn the_changelog_names_the_version() {
    let version = value(&read("executor/Cargo.toml"), "version");
    let number = version.trim_start_matches("version = ").trim_matches('"');
    assert!(read("CHANGELOG.md").contains(&format!("\n## {number}")));
}

#[test]
fn contributing_says_why_each_dependency_is_there() {
    let contributing = read("CONTRIBUTING.md");
    for crate_ in ["executor", "reactor", "demos"] {
        for line in table(&read(&format!("{crate_}/Cargo.toml")), "dependencies") {
            let name = line.split(' ').next().unwrap_or_default();
            let known = name.starts_with("wakeful") || contributing.contains(&format!("`{name}`"));
            assert!(known, "{name} of {crate_}");
        }
    }
}

#[test]
fn every_source_file_opens_with_what_it_is() {
    for folder in ["executor/src", "reactor/src", "demos/src", "tests", "fuzz/fuzz_targets"] {
        for (path, text) in files(folder, ".rs") {
            assert!(text.starts_with("//! "), "{path} has no head");
        }
    }
}

#[test]
fn both_crates_deny_what_they_promise_to() {
    for folder in ["executor", "reactor"] {
        let root = read(&format!("{folder}/src/lib.rs"));
        for lint in [
            "missing_docs",
            "unsafe_code",
            "unsafe_op_in_unsafe_fn",
            "clippy::undocumented_unsafe_blocks",
            "clippy::multiple_unsafe_ops_per_block",
        ] {
            assert!(root.contains(lint), "{folder} does not name {lint}");
        }
        for (path, text) in files(&format!("{folder}/src"), ".rs") {
            let mut before = "";
            for line in text.lines() {
                // Behind it or above it.
                let why = line.contains("// ") || before.starts_with("// ");
                let allows = line.starts_with("#![allow(unsafe_code)]");
                assert!(!allows || why, "{path} does not say why");
                before = line;
            }
        }
    }
    assert!(read("executor/src/lib.rs").contains("#![no_std]"));
}

#[test]
fn there_are_no_stubs_and_no_ignored_tests() {
    for folder in ["executor", "reactor", "demos", "tests"] {
        for (path, text) in files(folder, ".rs") {
            let words = ["TO", "DO"].concat();
            for word in [words.as_str(), "todo!(", "unimplemented!(", "#[ignore"] {
                let here = path.ends_with("/tidy.rs");
                assert!(here || !text.contains(word), "{path}: {word}");
            }
        }
    }
}

#[test]
fn no_unwrap_in_the_two_crates_outside_examples() {
    for folder in ["executor/src", "reactor/src"] {
        for (path, text) in files(folder, ".rs") {
            for (number, line) in text.lines().enumerate() {
                let code = line.trim_start();
                let is_bad = code.contains(".unwrap()") || code.contains(".expect(");
                assert!(code.starts_with("//") || !is_bad, "{path}:{}", number + 1);
            }
        }
    }
}

/// The functions at a file's left margin: each from its name on.
fn functions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\nfn ").skip(1).map(|rest| {
        let body = &rest[..rest.find("\n}\n").unwrap_or(rest.len())];
        let name = body.split(['(', '<']).next().unwrap_or_default();
        (name, body)
    })
}

#[test]
fn every_test_can_fail() {
    let mut cannot = Vec::new();
    for (path, text) in files("tests/tests", ".rs") {
        // The latter four are the models', which assert after each operation.
        let fails = "assert expect( panic! ?; ::run( run_ random_operations( replay(".split(' ');
        let fails = |body: &str| fails.clone().any(|word| body.contains(word));
        // A test may leave it to a function of its file.
        let helpers: Vec<_> = functions(&text)
            .filter(|(_, body)| fails(body))
            .map(|(name, _)| format!("{name}("))
            .collect();
        for test in text.split("\n#[test]\n").skip(1) {
            let body = &test[..test.find("\n}\n").unwrap_or(test.len())];
            let head = body.lines().next().unwrap_or_default();
            let inside = &body[head.len()..];
            let may_fail = head.contains("should_panic") || head.contains("Result<");
            let helped = helpers.iter().any(|helper| inside.contains(helper.as_str()));
            if !may_fail && !fails(inside) && !helped {
                cannot.push(format!("{path}: {head}"));
            }
        }
    }
    assert!(cannot.is_empty(), "{cannot:#?}");
}
