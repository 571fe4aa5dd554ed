//! The main job: one small site, crawled three ways, measured, and told as a table and a picture.
//!
//! The site runs on a thread of this process. Each way of crawling runs in a process of its own
//! (see [`child`] for why). The picture comes from one more run of wakeful's way, recorded and not
//! measured.

use crate::crawl::fetch::fetch_blocking;
use crate::progress::{Progress, counted, grouped};
use crate::site::{SIZES, Site};
use crate::timeline;
use child::Report;
use plan::Plan;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ways::Way;

pub mod child;
mod plan;
mod table;
mod ways;

/// What the user can change.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many pages to crawl
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pages: u64,
    /// How long the site thinks before it answers, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 50,
          value_parser = clap::value_parser!(u64).range(0..=60_000))]
    think_ms: u64,
    /// How many pages at once, where a way can do more than one [default: all, at most 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    concurrency: Option<u64>,
    /// Crawl only in this way; may be given more than once [default: all three]
    #[arg(long, value_enum, value_name = "WAY")]
    mode: Vec<Way>,
    /// Where to write the timeline picture [default: in target/, else in the current folder]
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
}

/// Runs the main job. `true` when every page was right.
pub fn run(options: &Options) -> io::Result<bool> {
    let Options { pages, think_ms, concurrency, mode, timeline } = options;
    let asked = |way: &Way| mode.is_empty() || mode.contains(way);
    let ways: Vec<Way> = Way::ALL.into_iter().filter(asked).collect();
    // Wakeful's way is drawn, too.
    let picture = ways.contains(&Way::Wakeful).then(|| timeline.clone().unwrap_or_else(in_target));
    picture.as_deref().map_or(Ok(()), timeline::probe)?;
    let site = Site::start(Duration::from_millis(*think_ms))?;
    let concurrency = concurrency.unwrap_or(1_000.min(*pages)) as usize;
    let plan = Plan { at: site.addr(), pages: *pages, concurrency };
    let out = &mut io::stdout();

    let [smallest, .., largest] = SIZES;
    let ([largest, at_once], at) =
        ([largest, concurrency].map(|number| grouped(number as u64)), plan.at);
    let (total, number) = (counted(*pages, "page"), ["one way", "two ways", "three ways"]);
    let (version, number) = (env!("CARGO_PKG_VERSION"), number[ways.len() - 1]);
    writeln!(
        out,
        "wakeful {version}: {total}, {number}\n\n  \
         site      http://{at}, on a thread of this program; pages of {smallest} to {largest} \
         bytes,\n            each after {think_ms} ms of thought; at most {at_once} at once\n  \
         measured  each way in a process of its own, so that CPU, memory and threads are the \
         way's\n            alone; every page is checked for length and checksum\n"
    )?;
    let rows: io::Result<Vec<_>> =
        ways.into_iter().map(|way| Ok((way, crawl(way, &plan)?))).collect();
    let rows = rows?;
    if io::stderr().is_terminal() {
        // The last bar leaves its line open.
        eprintln!();
    }
    writeln!(out, "\n{}", table::table(&rows))?;
    let failed: u64 = rows.iter().map(|(_, report)| report.failed).sum();
    match failed {
        0 => writeln!(out, "  every page of every way had its right length and checksum")?,
        1 => writeln!(out, "  1 page FAILED; its line is above")?,
        more => writeln!(out, "  {} pages FAILED; their lines are above", grouped(more))?,
    }
    if let Some(most) = most_at_once(plan.at) {
        let most = grouped(most);
        writeln!(out, "  most connections open at once, as the site counted them: {most}")?;
    }
    // Ways that did not do the same work are not compared.
    for line in table::words(&rows).iter().filter(|_| failed == 0) {
        writeln!(out, "  {line}")?;
    }
    if let Some(file) = picture {
        // One more run, recorded.
        let title = format!("{total} on one thread of wakeful, {think_ms} ms of thought each");
        let file = file.to_string_lossy();
        let args = ["--picture", &file, "--title", &title];
        child::watch(Way::Wakeful, &plan, &args, |_| (), |_| ())?;
        writeln!(out, "\n  timeline: {file}  (a picture; open it in a browser)")?;
    }
    Ok(failed == 0)
}

fn crawl(way: Way, plan: &Plan) -> io::Result<Report> {
    let progress = RefCell::new(Progress::new(way.name(), "page", plan.pages));
    let ended = |ended| progress.borrow_mut().at(ended);
    let said = |text: &str| progress.borrow().line(&format!("  {text}"));
    let report = child::watch(way, plan, &[], ended, said)?;
    let report = report.ok_or_else(|| io::Error::other("a process ended without its figures"))?;
    progress.into_inner().finish(report.pages + report.failed, &table::ms(report.wall));
    Ok(report)
}

fn most_at_once(site: SocketAddr) -> Option<u64> {
    let stats = fetch_blocking(site, "/stats").ok()?;
    let text = String::from_utf8_lossy(&stats.body);
    let mut words = text.split_whitespace().skip_while(|word| *word != "most");
    words.nth(1)?.parse().ok()
}

fn in_target() -> PathBuf {
    let target = Path::new("target");
    let folder = if target.is_dir() { target } else { Path::new("") };
    folder.join("wakeful-timeline.svg")
}
