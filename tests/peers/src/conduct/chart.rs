//! The charts: bars for each row, and curves for what may grow. Plain SVG, readable on light and on
//! dark pages.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use super::Results;
use super::plan::{Kind, OURS, Row};
use super::stats::{Samples, show};

const WIDTH: f64 = 760.0;
const NAMES: f64 = 150.0;
const BAR: f64 = 16.0;
const STYLE: &str = "<style>text{font:12px sans-serif;fill:#24292f}.t{font-weight:bold}\
.b{fill:#8c959f}.o{fill:#1f883d}.f{fill:#d0d7de}.g{stroke:#d0d7de}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.f{fill:#484f58}.g{stroke:#484f58}}</style>";

/// Writes every chart into `folder`.
pub fn write_all(folder: &Path, rows: &[Row], results: &Results) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let part = |names: &[&str]| -> Vec<&Row> {
        rows.iter().filter(|row| names.contains(&row.id.as_str())).collect()
    };
    let charts = [
        ("executor", part(&["spawn_join", "yield_1", "yield_1000", "channel", "wake_100000"])),
        ("timers", part(&["sleeps_at_once", "sleeps_spread", "timeout_1000"])),
        (
            "wires",
            part(&[
                "echo_64",
                "calls_asleep",
                "calls_64",
                "calls_page",
                "idle_19000",
                "crawl",
                "pay",
            ]),
        ),
        ("instructions", rows.iter().filter(|row| row.kind == Kind::Instructions).collect()),
    ];
    for (name, rows) in charts {
        fs::write(folder.join(format!("{name}.svg")), bars(&rows, results))?;
    }
    fs::write(folder.join("growth.svg"), growth(rows, results))
}

fn middle(results: &Results, row: &Row, backend: &str) -> Option<f64> {
    let figure = &row.figures[0];
    let samples = results.get(&(row.id.clone(), backend.into()))?.get(figure.key)?;
    Some(samples.median()? / figure.scale)
}

fn open(height: f64) -> String {
    let space = "http://www.w3.org/2000/svg";
    format!("<svg xmlns=\"{space}\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\">{STYLE}\n")
}

/// A panel a row, a bar a backend, from nought.
fn bars(rows: &[&Row], results: &Results) -> String {
    let mut body = String::new();
    let mut y = 20.0;
    for row in rows {
        let mut found: Vec<(&str, f64)> = results
            .keys()
            .filter(|(id, _)| *id == row.id)
            .filter_map(|(_, name)| Some((name.as_str(), middle(results, row, name)?)))
            .collect();
        found.sort_by(|one, other| one.1.total_cmp(&other.1));
        // Writing to a string does not fail.
        let _ = panel(&mut body, y, row, &found);
        y += (found.len() as f64).mul_add(BAR + 4.0, 40.0);
    }
    format!("{}{body}</svg>\n", open(y))
}

fn panel(body: &mut String, mut y: f64, row: &Row, found: &[(&str, f64)]) -> std::fmt::Result {
    let most = found.last().map_or(1.0, |last| last.1).max(f64::MIN_POSITIVE);
    let (title, what) = (&row.title, row.figures[0].title);
    writeln!(body, "<text class=\"t\" x=\"4\" y=\"{y}\">{title} ({what})</text>")?;
    for (name, value) in found {
        y += BAR + 4.0;
        let length = (value / most * (WIDTH - NAMES - 80.0)).max(1.0);
        let class = match *name {
            "floor" => "f",
            name if name.starts_with(OURS) => "o",
            _ => "b",
        };
        let (x, top, end) = (NAMES - 8.0, y - BAR + 4.0, NAMES + length + 6.0);
        writeln!(body, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>")?;
        let place = format!("x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\"");
        writeln!(body, "<rect class=\"{class}\" {place}/>")?;
        writeln!(body, "<text x=\"{end:.1}\" y=\"{y}\">{}</text>", show(*value))?;
    }
    Ok(())
}

/// What may grow, by the start of its rows' names.
const GROWING: [(&str, &str); 5] = [
    ("yield_", "Yield, CPU ns, by tasks"),
    ("wake_", "Wake in random order, CPU ns, by tasks"),
    ("timeout_", "Arm and drop a timeout, CPU ns, by others armed"),
    ("echo_", "Echo, CPU us a request, by connections"),
    ("idle_", "Idle connection, bytes, by connections"),
];

/// Who is drawn, and in which colour.
const DRAWN: [(&str, &str); 5] = [
    (OURS, "#1f883d"),
    ("tokio", "#0969da"),
    ("smol", "#bf3989"),
    ("embassy", "#bc4c00"),
    ("floor", "#8c959f"),
];

const PLOT: f64 = 150.0;

/// Curves on logarithmic axes: what is constant is a level line.
fn growth(rows: &[Row], results: &Results) -> String {
    let mut body = String::new();
    let mut y = 20.0;
    for (prefix, title) in GROWING {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.id.starts_with(prefix)).collect();
        // Writing to a string does not fail.
        let _ = plot(&mut body, y, title, &rows, results);
        y += PLOT + 60.0;
    }
    format!("{}{body}</svg>\n", open(y))
}

/// Where a value stands on the logarithmic axes of one plot.
struct Axes {
    y: f64,
    largest: f64,
    low: f64,
    high: f64,
}

impl Axes {
    fn across(&self, size: usize) -> f64 {
        (size as f64).log10() / self.largest.log10() * (WIDTH - 260.0) + 60.0
    }

    fn down(&self, value: f64) -> f64 {
        self.y + 14.0 + (self.high - value.log10()) / (self.high - self.low) * PLOT
    }
}

fn plot(
    body: &mut String,
    y: f64,
    title: &str,
    rows: &[&Row],
    results: &Results,
) -> std::fmt::Result {
    writeln!(body, "<text class=\"t\" x=\"4\" y=\"{y}\">{title}</text>")?;
    let value = |row: &Row, name: &str| middle(results, row, name).filter(|value| *value > 0.0);
    let all = rows.iter().flat_map(|row| DRAWN.iter().filter_map(|(name, _)| value(row, name)));
    let Some((least, most)) = Samples(all.collect()).range() else {
        return Ok(());
    };
    let low = least.log10().floor();
    let axes = Axes {
        y,
        largest: rows.iter().map(|row| row.size).max().unwrap_or(1).max(10) as f64,
        low,
        high: most.log10().ceil().max(low + 1.0),
    };
    frame(body, &axes, rows)?;
    for (index, (name, colour)) in DRAWN.into_iter().enumerate() {
        let points: Vec<String> = rows
            .iter()
            .filter_map(|row| Some((axes.across(row.size), axes.down(value(row, name)?))))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        if points.is_empty() {
            continue;
        }
        let (points, key, x) = (points.join(" "), y + 24.0 + index as f64 * 18.0, WIDTH - 180.0);
        let stroke = format!("stroke=\"{colour}\" stroke-width=\"2\"");
        writeln!(body, "<polyline fill=\"none\" {stroke} points=\"{points}\"/>")?;
        writeln!(body, "<text x=\"{x}\" y=\"{key}\" style=\"fill:{colour}\">{name}</text>")?;
    }
    Ok(())
}

/// A line for each power of ten, and the sizes below.
fn frame(body: &mut String, axes: &Axes, rows: &[&Row]) -> std::fmt::Result {
    let end = WIDTH - 200.0;
    for power in axes.low as i32..=axes.high as i32 {
        let value = 10_f64.powi(power);
        let (line, text, label) = (axes.down(value), axes.down(value) + 4.0, show(value));
        let ends = format!("x1=\"60\" x2=\"{end}\" y1=\"{line:.1}\" y2=\"{line:.1}\"");
        writeln!(body, "<line class=\"g\" {ends}/>")?;
        writeln!(body, "<text x=\"54\" y=\"{text:.1}\" text-anchor=\"end\">{label}</text>")?;
    }
    for row in rows {
        let (x, below, size) = (axes.across(row.size), axes.y + PLOT + 32.0, row.size);
        writeln!(body, "<text x=\"{x:.1}\" y=\"{below}\" text-anchor=\"middle\">{size}</text>")?;
    }
    Ok(())
}
