//! Every demo prints what the tutorial's program prints: its masked output is compared with its
//! golden in `tests/goldens`.
//!
//! Some lines count units of time in whole numbers, and a busy machine may be a unit late. So a run
//! that differs is repeated with longer units: lateness shrinks against them, a mistake does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wakeful_demos::tutorial;
use wakeful_tests::mask::mask;

/// Lengths of a unit in seconds, tried in turn.
const SCALES: [&str; 3] = ["0.05", "0.2", "0.8"];

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens")
}

/// `tiny` prints what `crawl` prints.
fn golden_of(demo: &str) -> &str {
    if demo == "tiny" { "crawl" } else { demo }
}

/// What the demo prints, masked, or how it failed.
fn play(name: &str, scale: &str) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["demo", name])
        .env("SCALE", scale)
        .env("ROUNDS", "20000")
        .stdin(Stdio::null())
        .output()
        .expect("the wakeful binary starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    let output = String::from_utf8(run.stdout).expect("demos print UTF-8");
    if run.status.success() && errors.is_empty() {
        Ok(mask(golden_of(name), &output))
    } else {
        Err(format!("{}\n{errors}{output}", run.status))
    }
}

#[test]
fn every_demo_prints_its_golden() {
    let mut failures = String::new();
    for demo in tutorial::REGISTRY {
        let golden = fs::read_to_string(goldens().join(golden_of(demo.name)).with_extension("txt"));
        let golden = golden.expect("every demo has a golden: the other test names the missing one");
        let mut last = String::new();
        let passed = SCALES.iter().any(|scale| match play(demo.name, scale) {
            Ok(output) if output == golden => true,
            Ok(output) => {
                last = output;
                false
            }
            Err(error) => {
                last = error;
                false
            }
        });
        if !passed {
            failures += &format!("== {}\n-- golden\n{golden}-- printed\n{last}\n", demo.name);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_golden_has_a_demo_and_every_demo_a_golden() {
    let entries = fs::read_dir(goldens()).expect("tests/goldens is there");
    let files: BTreeSet<String> = entries
        .map(|entry| entry.expect("it can be listed").path())
        .map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    let demos: BTreeSet<String> =
        tutorial::REGISTRY.iter().map(|demo| golden_of(demo.name).to_string()).collect();
    let without_https = |name: &String| cfg!(feature = "https") || name != "tls_echo";
    assert_eq!(files.into_iter().filter(without_https).collect::<BTreeSet<_>>(), demos);
}

#[test]
fn a_demo_that_does_not_exist_and_a_scale_that_is_no_number_are_refused() {
    let refused = play("no_such_demo", "0.05").unwrap_err();
    assert!(refused.contains("invalid value 'no_such_demo'"), "{refused}");
    for scale in ["", "soon", "-1", "0", "NaN", "inf"] {
        let refused = play("gen_trace", scale).unwrap_err();
        assert!(refused.contains(&format!("SCALE={scale}: not a number")), "{refused}");
    }
}

#[cfg(not(feature = "https"))]
#[test]
fn the_demo_that_is_not_built_in_says_what_it_needs() {
    let refused = play("tls_echo", "0.05").unwrap_err();
    assert!(refused.contains("tls_echo needs the feature https"), "{refused}");
}

#[test]
fn a_reader_who_goes_away_is_no_failure_and_a_full_disk_is_one() {
    let demo = |stdout: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wakeful"));
        command.args(["demo", "consumer_produce_sleep"]).stdout(stdout).stderr(Stdio::piped());
        command.spawn().expect("the wakeful binary starts")
    };
    let mut unread = demo(Stdio::piped());
    drop(unread.stdout.take());
    let output = unread.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");

    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = demo(full.into()).wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("wakeful: ") && said.lines().count() == 1, "{said}");
}
