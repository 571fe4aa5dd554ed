//! The conductor: runs every row's measurements in rounds, one process each, and writes the report.
//!
//! `plan` and `rows` say what is measured, `child` runs one measurement, `counts` those that need another
//! program (callgrind, perf, strace), `pay` what a user pays at build time, `firmware` what a
//! microcontroller does; `stats` makes medians of it all, `report` and `chart` the pages, `machine` their heads.

pub mod causes;
pub mod chart;
pub mod child;
pub mod counts;
pub mod firmware;
pub mod machine;
pub mod pay;
pub mod plan;
pub mod report;
pub mod rows;
pub mod stats;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use plan::Row;
use stats::Samples;

/// All that was measured: row and backend; figure, and its value in each round.
pub type Results = BTreeMap<(String, String), BTreeMap<String, Samples>>;

/// What the command line asked for.
#[derive(Default)]
pub struct Asked {
    pub quick: bool,
    /// Only rows whose name contains this; nothing is written then.
    pub only: Option<String>,
}

/// Measures what was asked, prints it, and writes the report if it is all of it.
pub fn run(asked: &Asked) -> Result<(), String> {
    let began = Instant::now();
    let wanted = |row: &Row| asked.only.as_ref().is_none_or(|only| row.id.contains(only.as_str()));
    let rows: Vec<Row> = plan::rows(asked.quick).into_iter().filter(wanted).collect();
    let results = measure(&rows, &child::python_kinds())?;
    let aims = report::aims(&rows, &results);
    let tables = report::tables(&rows, &results);
    if asked.only.is_some() || asked.quick {
        println!("{aims}{tables}");
        return Ok(());
    }
    let page = format!("{}{aims}{tables}{}", report::head(began.elapsed()), report::NOISE);
    write(&page, &rows, &results).map_err(|error| error.to_string())?;
    println!("{aims}\nwritten: BENCHMARKS.md and tests/peers/charts");
    Ok(())
}

fn write(page: &str, rows: &[Row], results: &Results) -> std::io::Result<()> {
    std::fs::write(root().join("BENCHMARKS.md"), page)?;
    chart::write_all(&root().join("tests/peers/charts"), rows, results)
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

fn measure(rows: &[Row], python: &[&'static str]) -> Result<Results, String> {
    let steps: usize = rows.iter().map(|row| row.rounds * row.all_backends(python).len()).sum();
    let bar = ProgressBar::new(steps as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}, {eta} left, {msg}");
    bar.set_style(style.map_err(|error| error.to_string())?);
    let mut results = Results::new();
    for row in rows {
        for round in 0..row.rounds {
            for backend in row.all_backends(python) {
                bar.set_message(format!("{} {backend}", row.id));
                let figures = results.entry((row.id.clone(), backend.into())).or_default();
                match child::measure(row, backend) {
                    Ok(outcome) => outcome.0.into_iter().for_each(|(name, value)| {
                        figures.entry(name).or_default().0.push(value);
                    }),
                    Err(why) if round == 0 => {
                        bar.suspend(|| eprintln!("{} on {backend}: {why}", row.id));
                    }
                    Err(_) => {}
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    Ok(results)
}
