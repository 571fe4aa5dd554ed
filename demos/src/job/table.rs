//! The table of the main job, and what it says in words.

use super::child::Report;
use super::ways::Way;
use crate::progress::grouped;
use std::time::Duration;

/// The table, a line a way, right-aligned but for the names.
pub fn table(rows: &[(Way, Report)]) -> String {
    let heads = ["way", "pages", "bytes", "wall", "CPU", "peak memory", "OS threads"];
    let mut cells = vec![heads.map(String::from)];
    cells.extend(rows.iter().map(|(way, report)| row(*way, report)));
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..heads.len()).filter_map(width).collect();
    let rule = widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("───");
    let line = |cells: &[String; 7]| {
        let rest = cells.iter().zip(&widths).skip(1);
        let rest: String = rest.map(|(cell, width)| format!("   {cell:>width$}")).collect();
        format!("  {:<width$}{rest}\n", cells[0], width = widths[0])
    };
    let lines: String = cells[1..].iter().map(line).collect();
    format!("{}  {rule}\n{lines}", line(&cells[0]))
}

fn row(way: Way, report: &Report) -> [String; 7] {
    let known = |value: Option<String>| value.unwrap_or_else(|| "-".to_string());
    [
        way.name().to_string(),
        grouped(report.pages),
        grouped(report.bytes),
        ms(report.wall),
        known(report.cpu.map(ms)),
        known(report.peak_kib.map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0))),
        known(report.threads.map(grouped)),
    ]
}

/// What the figures say, one sentence a line; only what was measured.
pub fn words(rows: &[(Way, Report)]) -> Vec<String> {
    let find = |way: Way| rows.iter().find(|(other, _)| *other == way).map(|(_, report)| report);
    let Some(wakeful) = find(Way::Wakeful) else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(sequential) = find(Way::Sequential) {
        let speed = speed(sequential.wall, wakeful.wall);
        lines.push(format!("wakeful is {speed} sequential"));
    }
    if let Some(threads) = find(Way::Threads) {
        let speed = speed(threads.wall, wakeful.wall);
        let mut said = format!("wakeful is {speed} a thread per page");
        if let (Some(theirs), Some(ours)) = (threads.cpu, wakeful.cpu) {
            let cpu = share(ours.as_secs_f64(), theirs.as_secs_f64());
            said.push_str(&format!(", with {cpu} of the CPU time"));
        }
        if let (Some(theirs), Some(ours)) = (threads.peak_kib, wakeful.peak_kib) {
            let memory = share(ours as f64, theirs as f64);
            said.push_str(&format!(" and {memory} of the memory"));
        }
        lines.push(said);
    }
    lines
}

/// `30 times faster than`, `1.3 times slower than`, or `as fast as` where the two are within what
/// one run cannot tell.
fn speed(theirs: Duration, ours: Duration) -> String {
    let times = theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9);
    let (times, word) = match times {
        times if (0.9..1.1).contains(&times) => return "as fast as".to_string(),
        times if times > 1.0 => (times, "faster"),
        times => (1.0 / times.max(1e-9), "slower"),
    };
    let decimals = if times < 10.0 { 1 } else { 0 };
    format!("{times:.decimals$} times {word} than")
}

fn share(ours: f64, theirs: f64) -> String {
    format!("{:.0} %", 100.0 * ours / theirs.max(1e-9))
}

/// Milliseconds, with one decimal below a hundred.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 100.0 { format!("{ms:.1} ms") } else { format!("{} ms", grouped(ms.round() as u64)) }
}
