//! The demos' timelines tell the truth: who printed a line ran at that moment, who sleeps on a thread
//! does not run, and a coroutine that waits does not keep it.

use std::fs;
use std::path::Path;
use std::process::Command;

use wakeful_demos::tutorial;

use super::program::wakeful;

/// A stretch of a lane in the picture: its class or paint, and from where to where.
struct Bar {
    paint: String,
    from: f64,
    to: f64,
}

/// A lane of the picture: its name, its bars, and where it printed which line.
struct Lane {
    name: String,
    bars: Vec<Bar>,
    lines: Vec<(usize, f64)>,
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

fn number(line: &str, name: &str) -> f64 {
    let text = attribute(line, name).expect("the attribute is there");
    text.parse().expect("it is a number")
}

/// The picture of a demo.
fn picture(name: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("timeline_{name}.svg"));
    let run = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["demo", name, "--timeline"])
        .arg(&file)
        .env("SCALE", "0.1")
        .env("ROUNDS", "20000")
        .output()
        .expect("the wakeful binary starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    fs::read_to_string(file).expect("the picture was drawn")
}

fn lanes(picture: &str) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for line in picture.lines() {
        if let Some(name) = attribute(line, "data-lane") {
            lanes.push(Lane { name: name.to_string(), bars: Vec::new(), lines: Vec::new() });
        }
        let Some(lane) = lanes.last_mut() else { continue };
        if line.starts_with("<rect ") {
            let paint = attribute(line, "class").or(attribute(line, "fill"));
            let (paint, from) = (paint.expect("a paint").to_string(), number(line, "x"));
            lane.bars.push(Bar { paint, from, to: from + number(line, "width") });
        } else if line.contains("data-line=") {
            lane.lines.push((number(line, "data-line") as usize, number(line, "x1")));
        }
    }
    lanes
}

/// The pixels of a lane that are painted so.
fn painted(lane: &Lane, paint: &str) -> f64 {
    let bars = lane.bars.iter().filter(|bar| bar.paint == paint);
    bars.map(|bar| bar.to - bar.from).sum()
}

/// The rows of the list below the lanes: number, lane and text.
fn list(picture: &str) -> Vec<(usize, String)> {
    let rows = picture.lines().filter(|line| line.contains("class=\"list\""));
    let rows = rows.filter_map(|row| row.split_once('>')?.1.split("</text>").next());
    let numbered = rows.filter_map(|row| {
        let (number, rest) = row.trim_start().split_once(' ')?;
        Some((number.parse().ok()?, rest.trim_start().to_string()))
    });
    numbered.filter(|(_, rest)| rest.contains("s ") || rest.starts_with("0 ")).collect()
}

#[test]
fn who_prints_a_line_runs_at_that_moment_in_every_demo() {
    for demo in tutorial::REGISTRY {
        let picture = picture(demo.name);
        assert!(picture.contains("width=\"720\""), "{}: too wide", demo.name);
        let lanes = lanes(&picture);
        let printed = lanes.iter().map(|lane| lane.lines.len()).sum::<usize>();
        let output = wakeful(["demo", demo.name]).stdout;
        let output = String::from_utf8(output).expect("demos print UTF-8");
        assert_eq!(printed, output.lines().count(), "{}", demo.name);
        let list = list(&picture);
        for lane in &lanes {
            for (line, x) in &lane.lines {
                let dark =
                    |bar: &Bar| bar.paint == "run" && bar.from - 0.02 <= *x && *x <= bar.to + 0.02;
                let (demo, lane_name) = (demo.name, &lane.name);
                assert!(lane.bars.iter().any(dark), "{demo}: {lane_name} printed {line} at {x}");
                let row = list.iter().find(|(number, _)| number == line);
                let (_, row) = row.unwrap_or_else(|| panic!("{demo}: line {line} is not listed"));
                let short: String = lane.name.chars().take(10).collect();
                assert!(row.contains(&short), "{demo}: {lane_name} printed {row:?}");
            }
        }
    }
}

#[test]
fn a_and_b_print_in_turn_each_in_its_own_lane() {
    let lanes = lanes(&picture("ab_interleave"));
    let mut printed: Vec<(usize, &str)> = Vec::new();
    for lane in &lanes {
        printed.extend(lane.lines.iter().map(|(line, _)| (*line, lane.name.as_str())));
    }
    printed.sort_unstable();
    let names: Vec<&str> = printed.into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["A", "A", "B", "B", "A", "B"]);
}

#[test]
fn who_blocks_keeps_its_thread_asleep_and_who_waits_does_not() {
    let of = |lanes: &[Lane], name: &str, paint: &str| {
        let lane = lanes.iter().find(|lane| lane.name == name).expect("the lane is there");
        painted(lane, paint)
    };
    const STRIPES: &str = "url(#stripes)";
    let blocking = lanes(&picture("hello_blocking"));
    // The second task sleeps one second, the third two. However late a busy machine makes them, most
    // of what they do is that, and they never wait.
    for name in ["greet(1)", "greet(2)"] {
        let (asleep, runs) = (of(&blocking, name, STRIPES), of(&blocking, name, "run"));
        assert!(asleep > 60.0 && asleep > runs, "{name}: {asleep} {runs}");
    }

    let waiting = lanes(&picture("hello_async"));
    for name in ["greet(1)", "greet(2)"] {
        assert_eq!(of(&waiting, name, STRIPES), 0.0, "{name}");
        let (waits, runs) = (of(&waiting, name, "wait"), of(&waiting, name, "run"));
        assert!(waits > 60.0 && waits > runs, "{name}: {waits} {runs}");
    }

    let threads = lanes(&picture("hello_thread"));
    let (asleep, runs) = (of(&threads, "thread 2", STRIPES), of(&threads, "thread 2", "run"));
    assert!(asleep > 60.0 && asleep > runs, "{asleep} {runs}");
    assert_eq!(of(&threads, "thread 2", "wait"), 0.0);
}

#[test]
fn sixty_thousand_switches_are_drawn_as_what_can_be_seen() {
    let picture = picture("greenlet_one_thread");
    assert!(picture.len() < 400_000, "{} bytes", picture.len());
    let marks = picture.matches("class=\"run\"").count();
    assert!((4..1_300).contains(&marks), "{marks} marks");
    let lanes = lanes(&picture);
    assert_eq!(lanes.len(), 4);
}
