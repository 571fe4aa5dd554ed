//! `wakeful cores`, small: every way of having workers serves and crawls, and the table has a row
//! for each kind of work. What the figures are is the machine's.

use crate::program::{err, out, wakeful};

#[test]
fn threads_and_processes_serve_and_crawl() {
    let args = [
        "cores",
        "--workers",
        "3",
        "--echo-ms",
        "30",
        "--pages",
        "40",
        "--work-us",
        "10",
    ];
    let output = wakeful(args);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", err(&output));
    for row in [
        "echo, bare",
        "echo, with work",
        "crawl, bare",
        "crawl, with work",
    ] {
        let line = text.lines().find(|line| line.trim_start().starts_with(row));
        let line = line.unwrap_or_else(|| panic!("no row {row}: {text}"));
        let unit = if row.starts_with("echo") {
            " requests"
        } else {
            " pages"
        };
        let rates: Vec<&str> = line.split(unit).collect();
        assert_eq!(rates.len(), 4, "one rate for each way: {line}");
        for rate in &rates[..3] {
            let rate = rate
                .split_whitespace()
                .next_back()
                .expect("a number")
                .replace(',', "");
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
