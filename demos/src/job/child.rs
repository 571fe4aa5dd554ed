//! Each way of crawling runs in a process of its own: what the system says of that process's CPU
//! time, memory and threads is then the way's alone, without the site, the bars or the ways before
//! it.
//!
//! The child is this same program (`wakeful way NAME ..`). It tells its parent in lines on standard
//! output: `ended 42`, `failed /page/7: why`, `note` with a text, and last `done ` with `key=value`
//! pairs.

use super::plan::{self, Checks, Plan};
use super::ways::{self, Crawled, Way};
use crate::system;
use crate::timeline;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What one way did and cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Pages that came whole and right.
    pub pages: u64,
    /// Pages that did not.
    pub failed: u64,
    /// Bytes of the right pages.
    pub bytes: u64,
    /// From the first request to the last page.
    pub wall: Duration,
    /// CPU time over the same stretch, all threads.
    pub cpu: Option<Duration>,
    /// The most memory in RAM, in KiB.
    pub peak_kib: Option<u64>,
    /// The most OS threads seen.
    pub threads: Option<u64>,
}

impl Report {
    fn line(&self) -> String {
        let number = |value: Option<u64>| value.map_or("-".to_string(), |value| value.to_string());
        format!(
            "done pages={} failed={} bytes={} wall_ns={} cpu_ns={} peak_kib={} threads={}",
            self.pages,
            self.failed,
            self.bytes,
            self.wall.as_nanos(),
            number(self.cpu.map(|cpu| cpu.as_nanos() as u64)),
            number(self.peak_kib),
            number(self.threads)
        )
    }

    fn parse(line: &str) -> Option<Report> {
        let text = |key: &str| {
            let mut pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(name, value)| (name == key).then_some(value))
        };
        let number = |key: &str| text(key)?.parse::<u64>().ok();
        Some(Report {
            pages: number("pages")?,
            failed: number("failed")?,
            bytes: number("bytes")?,
            wall: Duration::from_nanos(number("wall_ns")?),
            cpu: number("cpu_ns").map(Duration::from_nanos),
            peak_kib: number("peak_kib"),
            threads: number("threads"),
        })
    }
}

/// The child's side: crawls in the given way and tells what it cost.
pub fn run(way: Way, plan: &Plan) -> io::Result<()> {
    let checks = Rc::new(Checks::new(plan.pages));
    let (cpu, start) = (system::cpu_time().unwrap_or_default(), Instant::now());
    let Crawled { tally, threads } = match way {
        Way::Sequential => ways::sequential(plan, &checks)?,
        Way::Threads => ways::threads(plan, &checks)?,
        Way::Wakeful => super::wakeful::crawl(plan, &checks, false)?,
    };
    let wall = start.elapsed();
    let cpu = system::cpu_time().map(|now| now - cpu);
    let report = Report {
        pages: tally.right,
        failed: tally.failed,
        bytes: tally.bytes,
        wall,
        cpu,
        peak_kib: system::peak_memory_kib(),
        threads,
    };
    writeln!(io::stdout(), "{}", report.line())
}

/// The child's side, for the picture: crawls in wakeful's way with a recorder, and draws.
pub fn draw(plan: &Plan, title: &str, path: &Path) -> io::Result<()> {
    let checks = Rc::new(Checks::new(plan.pages));
    // A lane a page; more lanes than this are no picture any more.
    let every = plan.pages.div_ceil(LANES);
    timeline::begin(move |number| {
        let number = number as u64;
        number.is_multiple_of(every).then(|| plan::path(number))
    });
    super::wakeful::crawl(plan, &checks, true)?;
    let shown = match every {
        1 => "Every page has a row.".to_string(),
        more => format!("Rows for {} of them, one in {more}.", plan.pages.div_ceil(more)),
    };
    std::fs::write(path, timeline::draw(title, &shown)).map_err(|error| {
        let text = format!("cannot write the timeline {}: {error}", path.display());
        io::Error::new(error.kind(), text)
    })
}

/// The most pages that are drawn.
const LANES: u64 = 100;

/// The command that starts a child.
pub fn command(way: Way, plan: &Plan) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["way", way.word(), "--at", &plan.addr.to_string()])
        .args(["--pages", &plan.pages.to_string()])
        .args(["--concurrency", &plan.concurrency.to_string()])
        .stdin(Stdio::null());
    Ok(command)
}

/// The parent's side: starts the child and reads what it tells. `ended` hears how many pages have
/// ended, `said` what else is to be shown: pages that failed, descriptors that ran out.
pub fn watch(
    way: Way,
    plan: &Plan,
    mut ended: impl FnMut(u64),
    mut said: impl FnMut(&str),
) -> io::Result<Report> {
    let mut child = command(way, plan)?.stdout(Stdio::piped()).spawn()?;
    let mut report = None;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines() {
            let line = line?;
            match line.split_once(' ') {
                Some(("ended", count)) => ended(count.parse().unwrap_or(0)),
                Some(("failed", _) | ("note", _)) => said(line.trim_start_matches("note ")),
                Some(("done", _)) => report = Report::parse(&line),
                _ => said(&line),
            }
        }
    }
    let status = child.wait()?;
    report.filter(|_| status.success()).ok_or_else(|| {
        io::Error::other(format!("the process that crawled in the way {:?} {status}", way.word()))
    })
}
