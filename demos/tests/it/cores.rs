//! `wakeful cores`, small: every way of having workers serves and crawls, and the table has a row
//! for each kind of work. What the figures are is the machine's.

use crate::program::{err, out, wakeful};

#[test]
fn threads_and_processes_serve_and_crawl() {
    let args = ["cores", "--workers", "3", "--echo-ms", "300", "--pages", "40", "--work-us", "10"];
    let output = wakeful(args);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", err(&output));
    for row in ["echo, bare", "echo, with work", "crawl, bare", "crawl, with work"] {
        let line = text.lines().find(|line| line.trim_start().starts_with(row));
        let line = line.unwrap_or_else(|| panic!("no row {row}: {text}"));
        let unit = if row.starts_with("echo") { " requests" } else { " pages" };
        let rates: Vec<&str> = line.split(unit).collect();
        assert_eq!(rates.len(), 4, "one rate for each way: {line}");
        for rate in &rates[..3] {
            let rate = rate.split_whitespace().next_back().expect("a number").replace(',', "");
            assert_ne!(rate.parse::<u64>().expect("a number"), 0, "{line}");
        }
    }
    assert_eq!(text.matches(" x)").count(), 8, "{text}");
}

#[test]
fn bad_values_are_usage_errors() {
    for args in [["--workers", "0"], ["--pages", "none"]] {
        let output = wakeful(["cores"].iter().chain(&args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_measurement_that_is_killed_leaves_no_worker() {
    use std::os::unix::process::CommandExt;
    use std::time::{Duration, Instant};
    // A group of its own, so that whoever is left of it can be found.
    let mut parent = std::process::Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["cores", "--workers", "3", "--echo-ms", "60000"])
        .process_group(0)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    let group = parent.id().to_string();
    let alive = || {
        let stats = std::fs::read_dir("/proc")
            .expect("processes")
            .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
        // Behind the name in parentheses: state, parent, group.
        let fields = stats.filter_map(|stat| {
            let behind = stat.rsplit_once(')')?.1.split_whitespace();
            let fields: Vec<String> = behind.take(3).map(String::from).collect();
            Some(fields)
        });
        fields.filter(|fields| fields[2] == group && fields[0] != "Z").count()
    };
    let until = |what: &str, count: std::ops::RangeInclusive<usize>| {
        let start = Instant::now();
        while !count.contains(&alive()) {
            assert!(start.elapsed() < Duration::from_secs(20), "{what}: {} alive", alive());
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until("the parent, a server and clients", 3..=9);
    let killed = std::process::Command::new("kill").args(["-TERM", &group]).status();
    assert!(killed.expect("kill").success());
    parent.wait().expect("it ends");
    until("nobody", 0..=0);
}
