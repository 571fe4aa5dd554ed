//! The main job: one small site, crawled three ways, measured, and told as a table and a picture.
//!
//! The site runs on a thread of this process. Each way of crawling runs in a process of its own
//! (see [`child`] for why). The picture comes from one more run of wakeful's way, recorded and not
//! measured.

use crate::crawl::blocking;
use crate::progress::{Progress, counted};
use crate::site::{SIZES, Site};
use child::Report;
use plan::Plan;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ways::Way;

pub mod child;
pub mod plan;
pub mod table;
pub mod wakeful;
pub mod ways;

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
    let think = Duration::from_millis(options.think_ms);
    let site = Site::start(think)?;
    let plan = options.plan(site.addr());
    let out = &mut io::stdout();
    options.head(out, &plan)?;
    let mut rows = Vec::new();
    for way in options.ways() {
        rows.push((way, crawl(way, &plan)?));
    }
    if io::stderr().is_terminal() {
        // The last bar leaves its line open.
        eprintln!();
    }
    writeln!(out, "\n{}", table::table(&rows))?;
    let right = verdict(out, &rows)?;
    if let Some(most) = most_at_once(site.addr()) {
        let most = table::grouped(most);
        writeln!(out, "  most connections open at once, as the site counted them: {most}")?;
    }
    // Ways that did not do the same work are not compared.
    for line in table::words(&rows).iter().filter(|_| right) {
        writeln!(out, "  {line}")?;
    }
    if rows.iter().any(|(way, _)| *way == Way::Wakeful) {
        let path = options.timeline.clone().unwrap_or_else(default_picture);
        picture(&plan, &path, options.think_ms)?;
        writeln!(out, "\n  timeline: {}  (a picture; open it in a browser)", path.display())?;
    }
    Ok(right)
}

/// What the child needs to know of the plan.
#[derive(Debug, clap::Args)]
pub struct ChildOptions {
    #[arg(value_enum)]
    way: Way,
    #[arg(long)]
    at: SocketAddr,
    #[arg(long)]
    pages: u64,
    #[arg(long)]
    concurrency: usize,
    #[arg(long)]
    picture: Option<PathBuf>,
    #[arg(long, default_value = "")]
    title: String,
}

/// Runs one way, as the child of a main job: measured, or recorded as a picture.
pub fn run_child(options: &ChildOptions) -> io::Result<()> {
    let ChildOptions { way, at: addr, pages, concurrency, picture, title } = options;
    let plan = Plan { addr: *addr, pages: *pages, concurrency: *concurrency };
    match picture {
        Some(path) => child::draw(&plan, title, path),
        None => child::run(*way, &plan),
    }
}

impl Options {
    fn plan(&self, addr: SocketAddr) -> Plan {
        let concurrency = self.concurrency.unwrap_or(self.pages.min(1_000)) as usize;
        Plan { addr, pages: self.pages, concurrency }
    }

    fn ways(&self) -> Vec<Way> {
        let asked = |way: &Way| self.mode.is_empty() || self.mode.contains(way);
        Way::ALL.into_iter().filter(asked).collect()
    }

    fn head(&self, out: &mut impl Write, plan: &Plan) -> io::Result<()> {
        let [smallest, .., largest] = SIZES;
        let (pages, think) = (counted(self.pages, "page"), self.think_ms);
        let (at_once, addr) = (table::grouped(plan.concurrency as u64), plan.addr);
        let ways = self.ways().len();
        let ways = ["", "one way", "two ways", "three ways"][ways];
        writeln!(out, "wakeful {}: {pages}, {ways}\n", env!("CARGO_PKG_VERSION"))?;
        writeln!(
            out,
            "  site      http://{addr}, on a thread of this program; pages of {smallest} to {} \
             bytes,\n            each after {think} ms of thought; at most {at_once} at once",
            table::grouped(largest as u64)
        )?;
        writeln!(
            out,
            "  measured  each way in a process of its own, so that CPU, memory and threads are \
             the way's\n            alone; every page is checked for length and checksum\n"
        )
    }
}

fn crawl(way: Way, plan: &Plan) -> io::Result<Report> {
    let progress = std::cell::RefCell::new(Progress::new(way.name(), "page", plan.pages));
    let report = child::watch(
        way,
        plan,
        |ended| progress.borrow_mut().at(ended),
        |text| progress.borrow().line(&format!("  {text}")),
    )?;
    progress.into_inner().finish(report.pages + report.failed, &table::ms(report.wall));
    Ok(report)
}

/// Says whether every page of every way was right, and asserts it of the totals.
fn verdict(out: &mut impl Write, rows: &[(Way, Report)]) -> io::Result<bool> {
    let failed: u64 = rows.iter().map(|(_, report)| report.failed).sum();
    match failed {
        0 => writeln!(out, "  every page of every way had its right length and checksum")?,
        1 => writeln!(out, "  1 page FAILED; its line is above")?,
        more => writeln!(out, "  {} pages FAILED; their lines are above", table::grouped(more))?,
    }
    Ok(failed == 0)
}

fn most_at_once(site: SocketAddr) -> Option<u64> {
    let stats = blocking::fetch(site, "/stats").ok()?;
    let text = String::from_utf8_lossy(&stats.body).into_owned();
    let mut words = text.split_whitespace().skip_while(|word| *word != "most");
    words.nth(1)?.parse().ok()
}

/// One more run, recorded. In a process of its own too, so that it and the site do not share one
/// process's file descriptors.
fn picture(plan: &Plan, path: &Path, think_ms: u64) -> io::Result<()> {
    let pages = counted(plan.pages, "page");
    let title = format!("{pages} on one thread of wakeful, {think_ms} ms of thought each");
    let mut child = child::command(Way::Wakeful, plan)?;
    let drawn = child.arg("--picture").arg(path).args(["--title", &title]).output()?;
    if drawn.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&drawn.stderr);
    Err(io::Error::other(why.trim().trim_start_matches("wakeful: ").to_string()))
}

fn default_picture() -> PathBuf {
    let target = Path::new("target");
    let folder = if target.is_dir() { target } else { Path::new("") };
    folder.join("wakeful-timeline.svg")
}
