//! The record of who ran when, and the words of its picture.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use wakeful_demos::timeline::svg::{cut, escape, ranges, time, wrap};
use wakeful_demos::timeline::{self, Stretch, What};
use wakeful_executor::{Executor, block_on, yield_now};

/// One test, because there is one record in a process.
#[test]
fn a_lane_is_dark_exactly_where_it_ran() {
    static EXECUTOR: Executor<2, 128> = Executor::new();
    const NAP: Duration = Duration::from_millis(20);
    timeline::begin(|_| Some(String::new()));
    let local = EXECUTOR.take().expect("taken once");
    local.observe(&timeline::TASKS);
    // What the tasks themselves saw: who was in a poll from when to when.
    static SEEN: Mutex<Vec<(usize, Duration, Duration)>> = Mutex::new(Vec::new());
    let tasks = [0, 1].map(|number| {
        let body = async move {
            for round in 0..3 {
                let clock = || timeline::recorded().1;
                let from = clock();
                match (number, round) {
                    (0, 1) => thread::sleep(NAP),
                    _ => while clock() < from + NAP / 10 {},
                }
                let seen = (number, from, clock());
                SEEN.lock().expect("nobody panicked").push(seen);
                yield_now().await;
            }
        };
        local.spawn(body).expect("two slots")
    });
    block_on(local.run_until(async {
        for task in tasks {
            task.await;
        }
    }));

    let (log, _) = timeline::recorded();
    let dark = |stretch: &&Stretch| matches!(stretch.what, What::Runs | What::Blocks);
    let seen = SEEN.lock().expect("nobody panicked");
    assert_eq!(seen.len(), 6);
    for (number, from, to) in seen.iter() {
        for (place, lane) in log.lanes.iter().enumerate() {
            let its = place == log.tasks[*number];
            let mut ran = lane.stretches.iter().filter(dark);
            let around = ran.clone().any(|s| s.from <= *from && *to <= s.to);
            let meanwhile = ran.any(|s| s.from < *to && *from < s.to);
            assert!(around == its && meanwhile == its, "{number} {from:?} {to:?}: {lane:?}");
        }
    }
    let blocked = log.lanes.iter().flat_map(|lane| &lane.stretches);
    let blocked = blocked.filter(|stretch| stretch.what == What::Blocks);
    let longest = blocked.map(|stretch| stretch.to - stretch.from).max();
    assert!(longest.is_some_and(|longest| longest >= NAP), "{longest:?}");
    for lane in &log.lanes {
        let contiguous = |pair: &[Stretch]| pair[0].to <= pair[1].from;
        assert!(lane.stretches.windows(2).all(contiguous), "{lane:?}");
    }
}

#[test]
fn texts_are_cut_with_a_sign_and_wrapped_without_a_loss() {
    assert_eq!(cut("page/12345", 6), "page/…");
    assert_eq!(cut("page/1", 6), "page/1");
    assert_eq!(wrap("one two three", 7), ["one two ", "three"]);
    assert_eq!(wrap("我拿到了5!", 4), ["我拿", "到了", "5!"]);
    assert_eq!(wrap("  bite 1", 40), ["  bite 1"]);
}

#[test]
fn numbers_and_times_are_short() {
    assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1–3, 5, 7–8");
    let times = [0, 700, 53_000, 2_000_000, 123_456_000, 5_300_000_000];
    let texts = times.map(|nanos| time(Duration::from_nanos(nanos)));
    assert_eq!(texts, ["0", "0.7 µs", "53 µs", "2 ms", "123 ms", "5.3 s"]);
}

#[test]
fn markup_is_escaped() {
    assert_eq!(escape("a & \"<b>\"\u{7}"), "a &amp; &quot;&lt;b&gt;&quot;\u{fffd}");
}
