//! What a crawl tells: a line a page, a bar for people, the links that lead nowhere, and a summary
//! of all that did not come, by its reason.

use super::failure::Failure;
use super::frontier::{Frontier, Job};
use super::json::Line;
use super::links::MAX_LINKS;
use super::options::Options;
use super::page::Page;
use super::url::Url;
use crate::progress::{Progress, counted, grouped};
use crate::system;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

/// Why a page is left out that is more than were asked for. The crawl is then a part.
pub const MAX_PAGES: &str = "beyond --max-pages";
/// Why links are not followed that are too long, or whose page has too many. The crawl is then a
/// part, too.
const MANY_LINKS: &str = "too many on a page or too long";

pub struct Report {
    progress: Progress,
    options: Rc<Options>,
    start: Instant,
    counts: Counts,
    /// Why the crawl ended before its end, if it did.
    pub cut: Option<String>,
    /// The first failure to tell of a page: usually that nobody reads any more.
    told: io::Result<()>,
}

#[derive(Default)]
struct Counts {
    pages: u64,
    bytes: u64,
    deepest: usize,
    /// Redirects to pages that were fetched for another reason.
    redirected: u64,
    failures: u64,
    failed: BTreeMap<&'static str, u64>,
    /// Links that robots.txt forbids: not fetched, and no failure.
    forbidden: u64,
    /// Links that were not followed because their page has too many.
    links_beyond: u64,
}

impl Report {
    pub fn new(total: u64, options: Rc<Options>) -> Self {
        Report {
            progress: Progress::new("crawl", "page", total),
            options,
            start: Instant::now(),
            counts: Counts::default(),
            cut: None,
            told: Ok(()),
        }
    }

    /// A page came.
    pub fn page(&mut self, job: &Job, page: &Page) {
        let (bytes, beyond) = (page.bytes as u64, page.links.beyond);
        self.counts.pages += 1;
        self.counts.bytes += bytes;
        self.counts.deepest = self.counts.deepest.max(job.depth);
        self.counts.links_beyond += beyond;
        let file = page.saved.as_ref().and_then(|saved| Some(saved.as_ref().ok()?.display()));
        let ms = page.took.as_millis();
        let line = line(job)
            .plain("status", Some(page.status))
            .plain("bytes", Some(bytes))
            .plain("ms", Some(ms))
            .plain("depth", Some(job.depth))
            .text("type", page.kind.as_ref())
            .text("file", file.as_ref())
            .plain("links_beyond", (beyond > 0).then_some(beyond));
        let (status, bytes) = (page.status, grouped(bytes));
        let file = file.map_or(String::new(), |file| format!("  in {file}"));
        let words = format!("{status} {bytes:>9} B {ms:>6} ms  {}{file}", asked(job));
        self.say(self.options.quiet, line, &words);
        if beyond > 0 {
            let (beyond, most) = (counted(beyond, "link"), grouped(MAX_LINKS as u64));
            let text = format!("{}: {beyond} left out, beyond {most} or too long", job.url());
            self.note(&text);
        }
    }

    /// A page was redirected to one that came for another reason.
    pub fn redirected(&mut self, job: &Job) {
        self.counts.redirected += 1;
        let line = line(job).plain("redirected", Some(true)).plain("depth", Some(job.depth));
        let words = format!("redirected  {} to {}", job.first(), job.url());
        self.say(self.options.quiet, line, &words);
    }

    /// A page did not come; `from` leads to it.
    pub fn failed(&mut self, job: &Job, failure: &Failure, from: Option<&Rc<Url>>) {
        // What the command line itself names was wanted.
        let is_left = matches!(failure, Failure::Forbidden) && job.depth > 0;
        let (kind, word) = if is_left { ("left_out", "left out") } else { ("failure", "failed") };
        if is_left {
            self.counts.forbidden += 1;
        } else {
            self.counts.failures += 1;
            *self.counts.failed.entry(failure.kind()).or_default() += 1;
        }
        let line = line(job)
            .text(kind, Some(failure.kind()))
            .text("why", Some(failure))
            .plain("status", failure.status())
            .plain("depth", Some(job.depth))
            .text("from", from);
        let from = from.map_or(String::new(), |from| format!("  (on {from})"));
        let words = format!("{word}  {}: {failure}{from}", asked(job));
        self.say(self.options.quiet && is_left, line, &words);
    }

    /// A page is not fetched because there are so many.
    pub fn left_out(&mut self, url: &Url, from: &Url) {
        let line = Line::new("url", url).text("left_out", Some(MAX_PAGES)).text("from", Some(from));
        let words = format!("left out  {url}: {MAX_PAGES}  (on {from})");
        self.say(self.options.quiet, line, &words);
    }

    pub fn note(&mut self, text: &str) {
        self.progress.line(text);
    }

    /// Says it to programs or to people, unless nobody wants to hear it.
    fn say(&mut self, quiet: bool, line: Line, words: &str) {
        let line = line.end();
        let text = if self.options.json { &line } else { words };
        if !quiet && !text.is_empty() {
            let told = self.progress.around(|| writeln!(io::stdout(), "{text}"));
            self.told = std::mem::replace(&mut self.told, Ok(())).and(told);
        }
    }

    /// Whether what was told so far could be written.
    pub fn is_heard(&self) -> bool {
        self.told.is_ok()
    }

    /// Shows how far the crawl is, of so many pages.
    pub fn show(&mut self, total: u64) {
        let seconds = self.start.elapsed().as_secs_f64().max(1e-6);
        let counts = &self.counts;
        let done = counts.pages + counts.redirected + counts.forbidden + counts.failures;
        let (pages, mb) = (done as f64 / seconds, counts.bytes as f64 / seconds / 1e6);
        self.progress.at_of(done, total, || format!("{pages:.0} pages/s, {mb:.1} MB/s"));
    }

    /// The links that lead nowhere and the summary; whether all is there that was asked for.
    pub fn finish(mut self, frontier: &Frontier) -> io::Result<bool> {
        let left = frontier.left_out();
        let mut left: Vec<(&str, u64)> = left.map(|(why, count)| (why, count as u64)).collect();
        left.push(("forbidden by robots.txt", self.counts.forbidden));
        left.push((MANY_LINKS, self.counts.links_beyond));
        left.retain(|(_, count)| *count > 0);
        let is_part = left.iter().any(|(why, _)| [MAX_PAGES, MANY_LINKS].contains(why));
        let whole = self.counts.failures == 0 && self.cut.is_none() && !is_part;
        self.say(false, self.total(&left, whole), &broken(frontier));
        let words = self.words(&left);
        self.progress.close();
        eprintln!("{words}");
        self.told.map(|()| whole)
    }

    /// The summary for programs.
    fn total(&self, left: &[(&str, u64)], whole: bool) -> Line {
        let counts = &self.counts;
        let mut total = Line::new("summary", "crawl")
            .plain("pages", Some(counts.pages))
            .plain("bytes", Some(counts.bytes))
            .plain("redirected", Some(counts.redirected))
            .plain("failed", Some(counts.failures));
        for (why, count) in left {
            let words = why.split(|c: char| !c.is_alphanumeric());
            let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            total = total.plain(&format!("left_out_{}", words.join("_")), Some(count));
        }
        total
            .text("cut", self.cut.as_ref())
            .plain("peak_memory_kib", system::peak_memory_kib())
            .plain("ms", Some(self.start.elapsed().as_millis()))
            .plain("whole", Some(whole))
    }

    /// The summary for people.
    fn words(&self, left: &[(&str, u64)]) -> String {
        let (counts, seconds) = (&self.counts, self.start.elapsed().as_secs_f64());
        let (pages, bytes) = (counted(counts.pages, "page"), counted(counts.bytes, "byte"));
        let rate = counts.pages as f64 / seconds.max(1e-6);
        let mut text = format!("{pages}, {bytes} in {seconds:.2} s, {rate:.0} pages a second");
        if counts.deepest > 0 {
            text += &format!(", depth {}", counts.deepest);
        }
        if let Some(kib) = system::peak_memory_kib() {
            text += &format!(", at most {:.1} MiB of memory", kib as f64 / 1024.0);
        }
        if counts.redirected > 0 {
            text += &format!("; {} redirected to them", grouped(counts.redirected));
        }
        if counts.failures > 0 {
            let failures = grouped(counts.failures);
            text += &format!("; {failures} failed: {}", listed(&counts.failed));
        }
        if !left.is_empty() {
            text += &format!("; left out: {}", listed(left.iter().map(|(a, b)| (a, b))));
        }
        if let Some(why) = &self.cut {
            text += &format!("; {why}");
        }
        text
    }
}

/// For each page with links to pages that did not come: those links.
fn broken(frontier: &Frontier) -> String {
    let (broken, more) = frontier.broken();
    let mut text = String::new();
    for (page, links) in &broken {
        text += &format!("\n  {page}");
        text.extend(links.iter().map(|(link, why)| format!("\n    {link}: {why}")));
    }
    if more > 0 {
        text += &format!("\n  and {} to the same pages", counted(more, "link"));
    }
    match broken.is_empty() {
        true => String::new(),
        false => format!("\nbroken links, by the page that has them:{text}"),
    }
}

/// Reasons, each with how often.
fn listed<'a>(reasons: impl IntoIterator<Item = (&'a &'a str, &'a u64)>) -> String {
    let listed = reasons.into_iter().map(|(why, count)| format!("{} {why}", grouped(*count)));
    listed.collect::<Vec<_>>().join(", ")
}

fn asked(job: &Job) -> String {
    match job.hops() {
        0 => job.url().to_string(),
        _ => format!("{}  (asked for {})", job.url(), job.first()),
    }
}

fn line(job: &Job) -> Line {
    Line::new("url", job.url()).text("asked", Some(job.first()))
}
