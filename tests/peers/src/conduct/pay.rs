//! What a user pays before the first request: the time of a clean build, the crates in the tree, and
//! the size of two programs, an echo server and a small crawler, written with each library.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::work::{Found, Outcome};

/// Builds `pay/BACKEND` from nothing and weighs what comes out.
pub fn price(backend: &str) -> Found {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("pay").join(backend);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pay").join(backend);
    // Nothing is there the first time.
    let _ = fs::remove_dir_all(&target);
    let start = Instant::now();
    let mut build = cargo(&here, &["build", "--release", "--quiet"]);
    said(build.arg("--target-dir").arg(&target))?;
    let seconds = start.elapsed().as_secs_f64();
    let size = |name: &str| {
        let program = target.join("release").join(name);
        let data = fs::metadata(&program);
        data.map(|data| data.len() as f64)
            .map_err(|error| format!("{}: {error}", program.display()))
    };
    let tree = said(&mut cargo(&here, &["tree", "-e", "normal,build", "--prefix", "none"]))?;
    Ok(Outcome::default()
        .and("echo_bytes", size("echo")?)
        .and("crawler_bytes", size("crawler")?)
        .and("build_s", seconds)
        .and("crates", names(&tree)))
}

/// Different crates in a tree, the program itself left out.
fn names(tree: &str) -> f64 {
    let mut names: Vec<&str> =
        tree.lines().filter_map(|line| line.split(" (").next()).map(str::trim).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names.len().saturating_sub(1) as f64
}

fn cargo(here: &Path, words: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    cargo.current_dir(here).args(words).stdin(Stdio::null());
    cargo
}

fn said(cargo: &mut Command) -> Result<String, String> {
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(why.lines().last().unwrap_or("cargo failed").into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
