//! Each way of crawling is a [`Part`]: its CPU time, memory and threads are then the way's alone,
//! without the site, the bars or the ways before it.
//!
//! The child (`wakeful way NAME ..`) tells its parent in lines: `ended 42`, `failed /page/7: why`,
//! `note` with a text, and last `done` with the figures.

use super::plan::{Checks, Plan, path};
use super::ways::{self, Way};
use crate::part::{Part, say};
use crate::system;
use crate::timeline;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The most pages that are drawn.
const LANES: u64 = 100;

/// What a child is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[arg(value_enum)]
    way: Way,
    #[command(flatten)]
    plan: Plan,
    /// Not to measure, but to record and to draw
    #[arg(long)]
    picture: Option<PathBuf>,
    #[arg(long, default_value = "")]
    title: String,
}

/// What one way did and cost. What the system does not report is `None`.
pub struct Report {
    pub pages: u64,
    pub failed: u64,
    /// Of the right pages.
    pub bytes: u64,
    /// From the first request to the last page.
    pub wall: Duration,
    /// Over the same stretch, all threads.
    pub cpu: Option<Duration>,
    pub peak_kib: Option<u64>,
    /// The most OS threads seen.
    pub threads: Option<u64>,
}

impl Report {
    fn parse(figures: &str) -> Option<Report> {
        let figures: Vec<Option<u64>> = figures.split(' ').map(|text| text.parse().ok()).collect();
        let [Some(pages), Some(failed), Some(bytes), Some(wall), cpu, peak_kib, threads] =
            figures[..]
        else {
            return None;
        };
        let (wall, cpu) = (Duration::from_nanos(wall), cpu.map(Duration::from_nanos));
        Some(Report { pages, failed, bytes, wall, cpu, peak_kib, threads })
    }
}

/// The child's side: crawls in the given way and tells what it cost.
pub fn run(Options { way, plan, picture, title }: &Options) -> io::Result<()> {
    let checks = Checks::new(plan.pages);
    let most = system::connections();
    let at_once = if *way == Way::Sequential { 1 } else { plan.concurrency };
    if plan.pages.min(at_once as u64) > most as u64 {
        say("note slower: out of file descriptors, pages wait")?;
    }
    let plan = &Plan { concurrency: plan.concurrency.min(most), ..*plan };
    if let Some(file) = picture {
        // A lane a page; more lanes than this are no picture any more.
        let every = plan.pages.div_ceil(LANES);
        timeline::begin(move |n| (n as u64).is_multiple_of(every).then(|| path(n as u64)));
        ways::wakeful(plan, checks, true)?;
        let shown = match every {
            1 => "Every page has a row.".to_string(),
            more => format!("Rows for {} of them, one in {more}.", plan.pages.div_ceil(more)),
        };
        return timeline::write(file, title, &shown);
    }
    let (cpu, start) = (system::cpu_time().unwrap_or_default(), Instant::now());
    let (tally, threads) = match way {
        Way::Sequential => ways::sequential(plan, &checks),
        Way::Threads => ways::threads(plan, &checks),
        Way::Wakeful => ways::wakeful(plan, checks, false)?,
    };
    let wall = start.elapsed().as_nanos() as u64;
    tally.told?;
    let cpu = system::cpu_time().map(|now| (now - cpu).as_nanos() as u64);
    let counts = [tally.right, tally.failed, tally.bytes, wall].map(Some);
    let figures = counts.into_iter().chain([cpu, system::peak_memory_kib(), threads]);
    let text = |figure: Option<u64>| figure.map_or("-".to_string(), |figure| figure.to_string());
    say(format!("done {}", figures.map(text).collect::<Vec<_>>().join(" ")))
}

/// The parent's side: starts the child and reads what it tells. `ended` hears how many pages have
/// ended, `said` what else is to be shown: pages that failed, descriptors that ran out. A child that
/// draws has nothing to report.
pub fn watch(
    way: Way,
    plan: &Plan,
    picture: &[&str],
    mut ended: impl FnMut(u64),
    mut said: impl FnMut(&str),
) -> io::Result<Option<Report>> {
    let (at, pages, most) =
        (plan.at.to_string(), plan.pages.to_string(), plan.concurrency.to_string());
    let word = way.word();
    let args = ["way", &word, "--at", &at, "--pages", &pages, "--concurrency", &most];
    let mut child = Part::start(args.iter().chain(picture))?;
    let mut report = None;
    for line in child.lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("ended", count)) => ended(count.parse().unwrap_or(0)),
            Some(("done", figures)) => report = Report::parse(figures),
            Some(("note", text)) => said(text),
            _ => said(&line),
        }
    }
    let status = child.ended()?;
    let why = || io::Error::other(format!("the process that crawled in the way {word:?} {status}"));
    status.success().then_some(report).ok_or_else(why)
}
