//! The main job, small: every way's row, the totals that the site's sizes add up to, the picture.

use crate::program::{err, out, wakeful};

/// The bytes of pages 0 to 19: twice the ten sizes.
const BYTES_OF_20: &str = "805,968";

#[test]
fn every_way_crawls_every_page_and_the_picture_is_drawn() {
    let picture = std::env::temp_dir().join(format!("wakeful-job-{}.svg", std::process::id()));
    let picture = picture.to_str().expect("a plain path").to_string();
    let output = wakeful(["--pages", "20", "--think-ms", "1", "--timeline", &picture]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", err(&output));
    for way in ["sequential", "thread per page", "wakeful"] {
        let row = text
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(way)?.strip_prefix("  "))
            .unwrap_or_else(|| panic!("no row {way}: {text}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[..2], ["20", BYTES_OF_20], "{way}");
    }
    let svg = std::fs::read_to_string(&picture).expect("the picture");
    std::fs::remove_file(&picture).expect("it was there");
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("Every page has a row."), "{}", &svg[..400]);
    for page in 0..20 {
        // Each runs to where it waits for the connection, then for the answer, and to its end.
        let lane = svg.split(&format!("<g data-lane=\"/page/{page}\">")).nth(1);
        let lane = lane.and_then(|rest| rest.split("</g>").next()).expect("a lane a page");
        assert!(lane.contains("waits for the answer"), "page {page}: {lane}");
        assert!(lane.contains("class=\"run\""), "page {page}: {lane}");
    }
}

#[test]
fn a_picture_of_many_pages_says_which_it_shows_and_has_the_scale_of_all() {
    let picture = std::env::temp_dir().join(format!("wakeful-many-{}.svg", std::process::id()));
    let picture = picture.to_str().expect("a plain path").to_string();
    let many = ["--pages", "250", "--think-ms", "0", "--mode", "wakeful", "--timeline", &picture];
    assert_eq!(wakeful(many).status.code(), Some(0));
    let svg = std::fs::read_to_string(&picture).expect("the picture");
    std::fs::remove_file(&picture).expect("it was there");
    assert!(svg.contains("250 pages on one thread") && svg.contains("84 of them, one in 3."));
    // Of every third page, and of the thread itself.
    assert_eq!(svg.matches("<g data-lane=").count(), 84 + 1);
    assert!(svg.contains("data-lane=\"/page/249\"") && !svg.contains("data-lane=\"/page/248\""));
}

#[test]
fn only_the_asked_ways_run() {
    let output = wakeful(["--pages", "3", "--think-ms", "0", "--mode", "sequential"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", err(&output));
    assert!(text.contains("sequential") && !text.contains("  thread per page"), "{text}");
    assert!(!text.contains("timeline:"), "no picture without wakeful's way: {text}");
}

#[test]
fn bad_values_are_usage_errors() {
    for args in [
        ["--pages", "0"],
        ["--pages", "many"],
        ["--think-ms", "-1"],
        ["--concurrency", "0"],
        ["--mode", "magic"],
    ] {
        let output = wakeful(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).starts_with("error: "), "{}", err(&output));
    }
}

#[test]
fn a_picture_that_cannot_be_written_is_said_and_fails_the_job() {
    let output = wakeful([
        "--pages",
        "1",
        "--think-ms",
        "0",
        "--mode",
        "wakeful",
        "--timeline",
        "/nonexistent/folder/t.svg",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("cannot write the timeline /nonexistent/folder/t.svg: "));
}

#[test]
#[cfg(unix)]
fn out_of_descriptors_every_way_slows_down_says_so_and_gets_every_page() {
    let picture = std::env::temp_dir().join(format!("wakeful-short-{}.svg", std::process::id()));
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wakeful")])
        .args(["--pages", "60", "--think-ms", "5", "--mode", "threads", "--mode", "wakeful"])
        .arg("--timeline")
        .arg(&picture)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let said = "slower: out of file descriptors, pages wait";
    assert_eq!(err(&output).matches(said).count(), 2, "{}", err(&output));
    std::fs::remove_file(picture).expect("it was written");
}
