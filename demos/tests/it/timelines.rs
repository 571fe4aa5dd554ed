//! The demos' timelines show what the tutorials tell in words: who ran when, and that a blocked
//! thread is not a waiting coroutine.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A bar of the picture: its kind, and from where to where.
#[derive(Debug)]
struct Bar {
    class: String,
    column: u32,
    from: u32,
    to: u32,
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// The picture of a demo.
fn picture(name: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("timeline_{name}.svg"));
    let run = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["demo", name, "--timeline"])
        .arg(&file)
        // Half a unit makes a gap; a busy machine must not make one.
        .env("SCALE", "0.4")
        .output()
        .expect("the wakeful binary starts");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    fs::read_to_string(file).expect("the picture was drawn")
}

/// The picture of a demo, in bars.
fn bars(name: &str) -> Vec<Bar> {
    let picture = picture(name);
    let rects = picture.lines().filter(|line| line.starts_with("<rect"));
    rects
        .map(|line| {
            let number = |name| attribute(line, name).and_then(|text| text.parse::<u32>().ok());
            let (y, height) = (
                number("y").expect("a y"),
                number("height").expect("a height"),
            );
            let class = attribute(line, "class").expect("a class").to_string();
            Bar {
                class,
                column: number("x").expect("an x"),
                from: y,
                to: y + height,
            }
        })
        .collect()
}

fn of<'a>(bars: &'a [Bar], class: &str) -> Vec<&'a Bar> {
    bars.iter().filter(|bar| bar.class == class).collect()
}

#[test]
fn a_and_b_run_twice_each_and_in_turn() {
    let bars = bars("ab_interleave");
    let mut polls = of(&bars, "poll");
    polls.sort_by_key(|poll| poll.from);
    let [a1, b1, a2, b2] = polls[..] else {
        panic!("{polls:?}")
    };
    assert_eq!((a1.column, b1.column), (a2.column, b2.column));
    assert!(a1.column < b1.column);
    assert!(
        polls.windows(2).all(|pair| pair[0].to <= pair[1].from),
        "{polls:?}"
    );
}

#[test]
fn three_tasks_that_give_way_five_times_are_polled_six_times_each() {
    let bars = bars("greenlet_interleave");
    let polls = of(&bars, "poll");
    let mut columns: Vec<u32> = polls.iter().map(|poll| poll.column).collect();
    columns.sort_unstable();
    let counts: Vec<usize> = columns.chunk_by(|a, b| a == b).map(<[u32]>::len).collect();
    assert_eq!(counts, [6, 6, 6]);
}

#[test]
fn who_blocks_runs_while_time_passes_and_who_waits_does_not() {
    let runs_through = |polls: &[&Bar], gap: &Bar| {
        polls
            .iter()
            .filter(|poll| poll.from < gap.to && gap.from < poll.to)
            .count()
    };
    let blocking = bars("hello_blocking");
    let (gaps, polls) = (of(&blocking, "gap"), of(&blocking, "poll"));
    assert!(gaps.len() >= 2, "{blocking:?}");
    for gap in gaps {
        assert_eq!(runs_through(&polls, gap), 1, "{gap:?} in {blocking:?}");
    }
    let waiting = bars("hello_async");
    let (gaps, polls) = (of(&waiting, "gap"), of(&waiting, "poll"));
    assert!(gaps.len() >= 2, "{waiting:?}");
    for gap in gaps {
        assert_eq!(runs_through(&polls, gap), 0, "{gap:?} in {waiting:?}");
    }
}

#[test]
fn a_picture_of_sixty_thousand_switches_is_cut_and_says_so() {
    let picture = picture("greenlet_one_thread");
    assert!(picture.matches("class=\"poll\"").count() <= 500);
    assert!(picture.contains(" more steps are not drawn"));
}

#[test]
fn a_line_stands_in_the_column_of_whoever_printed_it() {
    let picture = picture("compute_sum");
    let column = |text: &str| {
        let line = picture
            .lines()
            .find(|line| line.contains(text))
            .expect("it was printed");
        attribute(line, "x")
            .and_then(|x| x.parse::<u32>().ok())
            .expect("an x")
    };
    let (main, outer, inner) = (column("# units"), column("1 + 2 = 3"), column("Compute 1"));
    assert!(main < outer && outer < inner, "{main} {outer} {inner}");
}
