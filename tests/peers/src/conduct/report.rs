//! BENCHMARKS.md: what was asked of wakeful and whether it was reached, then every row's table.

use std::fmt::Write;
use std::time::Duration;

use super::plan::{Figure, Kind, OURS, Row, Target};
use super::stats::{Samples, show};
use super::{Results, causes, firmware, machine};

/// The page's head.
pub fn head(took: Duration) -> String {
    let lines: Vec<String> = machine::lines().iter().map(|line| format!("- {line}\n")).collect();
    let minutes = took.as_secs_f64() / 60.0;
    format!("{TITLE}{}- A full run, {minutes:.1} minutes.\n\n{HOW}", lines.concat())
}

const TITLE: &str = "# Benchmarks\n\n\
Written by one command, `cargo run --release` in `tests/peers`. Run it to have your own figures; \
`-- --quick` prints one short round of everything in two minutes.\n\n\
![executors](tests/peers/charts/executor.svg)\n\
![timers](tests/peers/charts/timers.svg)\n\
![connections](tests/peers/charts/wires.svg)\n\
![as work grows](tests/peers/charts/growth.svg)\n\
![instructions](tests/peers/charts/instructions.svg)\n\n";

const HOW: &str = "## How to read it\n\n\
Every measurement is a process of its own, and rounds go A B C, A B C. A figure is the median of its \
rounds, with the least and the most beside it; *times ours* is the median of the ratios taken within \
each round. CPU time is that of the whole process, helper threads included. *floor* is the same work \
in a bare loop without an executor, or in an epoll loop by hand. Instructions and system calls are \
counts (by callgrind; by perf or strace), and the same on any day; for callgrind, wakeful's executor \
blocks by parking the thread, because older valgrinds do not know `epoll_pwait2`.\n\n\
All backends run the same futures, in one program built with fat link-time optimisation. embassy's \
tasks lie in storage made for their type, wakeful's in slots of a size chosen for the row. *wakeful* \
is its executor blocked on by its reactor; *tokio* is the current-thread runtime, *tokio-local* the \
same with a `LocalSet`; *smol* is async-executor's `LocalExecutor` on async-io; *futures* is its \
`LocalPool`, *unordered* a bare `FuturesUnordered`.\n\n";

/// What is noisy, and how much to believe.
pub const NOISE: &str = "## What is noisy\n\n\
- Times under 10 ns move by a fifth from run to run on a virtual machine, and by more when \
neighbours are busy: look at the range and the ratio, and at the instructions.\n\
- Rows with 100,000 tasks are cache misses, so they depend on the machine's caches more than on the \
code.\n\
- Echo and crawl are the kernel's TCP for nine tenths and more. Differences of a few percent are \
within the noise; the system calls are what differs.\n\
- Lateness depends on the kernel's timer slack (50 us unless set), and on who else runs.\n\
- A load average above two means that others ran meanwhile: then wall times and lateness are \
theirs, caches are shared, and sleepers that should all be asleep before the first wakes are not.\n\
- Bytes are resident pages divided by the count: at 100 connections a page more or less shows.\n";

fn samples<'a>(results: &'a Results, row: &Row, backend: &str, key: &str) -> Option<&'a Samples> {
    results.get(&(row.id.clone(), backend.into()))?.get(key).filter(|found| !found.0.is_empty())
}

fn median(results: &Results, row: &Row, backend: &str, figure: &Figure) -> Option<f64> {
    Some(samples(results, row, backend, figure.key)?.median()? / figure.scale)
}

/// The backends that have a row's figure, with its median.
fn medians<'a>(results: &'a Results, row: &Row, figure: &Figure) -> Vec<(&'a str, f64)> {
    results
        .keys()
        .filter(|(id, _)| *id == row.id)
        .filter_map(|(_, name)| Some((name.as_str(), median(results, row, name, figure)?)))
        .collect()
}

/// The table of aims: ours, the best peer's, the limit, and whether it was kept.
pub fn aims(rows: &[Row], results: &Results) -> String {
    let mut text = String::from(
        "## Aims\n\n| work | floor | best peer | wakeful | aim | reached |\n\
         |---|---:|---:|---:|---:|---|\n",
    );
    for row in rows {
        if is_skipped(row, results) {
            let why = firmware::SKIPPED;
            text.push_str(&format!("| {} | - | - | - | - | {why} |\n", row.title));
        }
        for figure in &row.figures {
            text.push_str(&aim(row, figure, OURS, results).unwrap_or_default());
        }
        for &(who, target) in &row.also {
            let figure = Figure { target, ..row.figures[0] };
            text.push_str(&aim(row, &figure, who, results).unwrap_or_default());
        }
    }
    text.push('\n');
    text
}

/// Whether a microcontroller's row could not be counted on this machine.
fn is_skipped(row: &Row, results: &Results) -> bool {
    row.kind == Kind::Firmware && medians(results, row, &row.figures[0]).is_empty()
}

fn aim(row: &Row, figure: &Figure, who: &str, results: &Results) -> Option<String> {
    let ours = median(results, row, who, figure)?;
    let peer = medians(results, row, figure)
        .into_iter()
        .filter(|(name, _)| *name != "floor" && !name.starts_with(OURS))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    let (limit, reached) = match figure.target {
        Target::None => return None,
        Target::AtMost(limit) => (format!("{} or less", show(limit)), ours <= limit),
        Target::OfFloor(limit) => {
            let floor = samples(results, row, "floor", figure.key)?;
            let ratio = samples(results, row, who, figure.key)?.ratio_to(floor)?;
            (format!("{limit} of the floor; is {ratio:.3}"), ratio <= limit)
        }
        Target::Best => ("no peer below".into(), peer.is_none_or(|(_, peer)| ours <= peer)),
    };
    let floor = median(results, row, "floor", figure).map_or("-".into(), show);
    let peer = peer.map_or("-".into(), |(name, value)| format!("{name} {}", show(value)));
    let reached = match reached {
        true => "yes".into(),
        false => format!("**no**: {}", causes::of(row, figure, who, results)),
    };
    let (title, what, ours) = (&row.title, figure.title, show(ours));
    let what = if who == OURS { what.into() } else { format!("{what}, {who}") };
    Some(format!("| {title}, {what} | {floor} | {peer} | {ours} | {limit} | {reached} |\n"))
}

/// Every row's table.
pub fn tables(rows: &[Row], results: &Results) -> String {
    let mut text = String::new();
    for row in rows {
        // Writing to a string does not fail.
        let _ = table(&mut text, row, results);
    }
    text
}

fn table(text: &mut String, row: &Row, results: &Results) -> std::fmt::Result {
    let (first, others) = (&row.figures[0], &row.figures[1..]);
    let titles: String = others.iter().map(|figure| format!(" {} |", figure.title)).collect();
    writeln!(text, "## {}\n", row.title)?;
    if is_skipped(row, results) {
        return writeln!(text, "{}\n", firmware::SKIPPED);
    }
    writeln!(text, "| | {} | least to most | times ours |{titles}", first.title)?;
    writeln!(text, "|---|---:|---:|---:|{}", "---:|".repeat(others.len()))?;
    let ours = samples(results, row, OURS, first.key);
    let mut found = medians(results, row, first);
    // The floor stands first, the others by what they cost.
    let place = |name: &str| usize::from(name != "floor");
    found.sort_by(|one, other| place(one.0).cmp(&place(other.0)).then(one.1.total_cmp(&other.1)));
    for (name, middle) in found {
        let all = samples(results, row, name, first.key);
        let range = all.and_then(Samples::range).map_or(String::new(), |(least, most)| {
            format!("{} to {}", show(least / first.scale), show(most / first.scale))
        });
        let ratio = all.zip(ours).and_then(|(all, ours)| all.ratio_to(ours));
        let ratio = ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"));
        let shown = if name == OURS { format!("**{name}**") } else { name.into() };
        write!(text, "| {shown} | {} | {range} | {ratio} |", show(middle))?;
        for figure in others {
            let value = median(results, row, name, figure).map_or("-".into(), show);
            write!(text, " {value} |")?;
        }
        writeln!(text)?;
    }
    if row.kind == Kind::Pay {
        writeln!(
            text,
            "\nTwo programs a library, in `tests/peers/pay`: release profile, stripped, built from \
             an empty target directory with the sources already fetched."
        )?;
    }
    if row.kind == Kind::Firmware {
        writeln!(
            text,
            "\nBy `demos/firmware/size-table.sh`, which prints more of it. The floor's RAM of one \
             more task is the bare future; lilos has its tasks on the stack, edge on the heap."
        )?;
    }
    writeln!(text)
}
