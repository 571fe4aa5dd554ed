//! What a crawl tells: a line a page, a bar for people, the links that lead nowhere, and a summary
//! of all that did not come, by its reason.

use super::failure::Failure;
use super::frontier::{Frontier, Job};
use super::json::Line;
use super::links::MAX_LINKS;
use super::page::Page;
use super::url::Url;
use crate::job::table::grouped;
use crate::progress::{Progress, counted};
use crate::system;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

/// Why a page is left out that is more than were asked for. The crawl is then a part.
pub const MAX_PAGES: &str = "beyond --max-pages";
/// Why links are not followed that are too long, or whose page has too many. The crawl is then a
/// part, too.
const MANY_LINKS: &str = "too many on a page or too long";

/// Counts and tells.
pub struct Report {
    progress: Progress,
    json: bool,
    quiet: bool,
    start: Instant,
    counts: Counts,
    /// Why the crawl ended before its end, if it did.
    cut: Option<String>,
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
    /// Nothing yet of `total` pages; lines for programs if `json`, and none for pages that came if
    /// `quiet`.
    pub fn new(total: u64, json: bool, quiet: bool) -> Self {
        Report {
            progress: Progress::growing("crawl", "page", total),
            json,
            quiet,
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
        let (ms, file) = (page.took.as_millis(), page.file.as_ref().map(|file| file.display()));
        let line = if self.json {
            line(job)
                .plain("status", Some(page.status))
                .plain("bytes", Some(bytes))
                .plain("ms", Some(ms))
                .plain("depth", Some(job.depth))
                .text("type", page.kind.as_ref())
                .text("file", file)
                .plain("links_beyond", (beyond > 0).then_some(beyond))
                .end()
        } else {
            let (status, bytes) = (page.status, grouped(bytes));
            let file = file.map_or(String::new(), |file| format!("  in {file}"));
            format!("{status} {bytes:>9} B {ms:>6} ms  {}{file}", asked(job))
        };
        self.say(self.quiet, &line);
        if beyond > 0 {
            let (beyond, most) = (counted(beyond, "link"), grouped(MAX_LINKS as u64));
            let text = format!("{}: {beyond} left out, beyond {most} or too long", job.url());
            self.note(&text);
        }
    }

    /// A page was redirected to one that came for another reason.
    pub fn redirected(&mut self, job: &Job) {
        self.counts.redirected += 1;
        let line = match self.json {
            true => line(job).plain("redirected", Some(true)).plain("depth", Some(job.depth)).end(),
            false => format!("redirected  {} to {}", job.first(), job.url()),
        };
        self.say(self.quiet, &line);
    }

    /// A page did not come; `from` leads to it.
    pub fn failed(&mut self, job: &Job, failure: &Failure, from: Option<&Url>) {
        // What the command line itself names was wanted.
        let is_left = matches!(failure, Failure::Forbidden) && job.depth > 0;
        if is_left {
            self.counts.forbidden += 1;
        } else {
            self.counts.failures += 1;
            *self.counts.failed.entry(failure.kind()).or_default() += 1;
        }
        let line = if self.json {
            let kind = if is_left { "left_out" } else { "failure" };
            line(job)
                .text(kind, Some(failure.kind()))
                .text("why", Some(failure))
                .plain("status", failure.status())
                .plain("depth", Some(job.depth))
                .text("from", from)
                .end()
        } else {
            let kind = if is_left { "left out" } else { "failed" };
            let from = from.map_or(String::new(), |from| format!("  (on {from})"));
            format!("{kind}  {}: {failure}{from}", asked(job))
        };
        self.say(self.quiet && is_left, &line);
    }

    /// A page is not fetched because there are so many.
    pub fn left_out(&mut self, url: &Url, from: &Url) {
        let line = match self.json {
            true => Line::new("url", url)
                .text("left_out", Some(MAX_PAGES))
                .text("from", Some(from))
                .end(),
            false => format!("left out  {url}: {MAX_PAGES}  (on {from})"),
        };
        self.say(self.quiet, &line);
    }

    /// Something that is no page's.
    pub fn note(&mut self, text: &str) {
        self.progress.line(text);
    }

    /// The crawl stops before its end.
    pub fn cut(&mut self, why: String) {
        self.cut = Some(why);
    }

    fn say(&mut self, quiet: bool, line: &str) {
        if !quiet {
            let told = self.progress.around(|| writeln!(io::stdout(), "{line}"));
            if self.told.is_ok() {
                self.told = told;
            }
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
        self.progress.set_total(total);
        self.progress.message(|| format!("{pages:.0} pages/s, {mb:.1} MB/s"));
        self.progress.at(done);
    }

    /// The links that lead nowhere and the summary; whether all is there that was asked for.
    ///
    /// # Errors
    /// A line could not be written.
    pub fn finish(mut self, frontier: &Frontier) -> io::Result<bool> {
        let left = frontier.left_out();
        let mut left: Vec<(&str, u64)> = left.map(|(why, count)| (why, count as u64)).collect();
        left.push(("forbidden by robots.txt", self.counts.forbidden));
        left.push((MANY_LINKS, self.counts.links_beyond));
        left.retain(|(_, count)| *count > 0);
        let is_part = left.iter().any(|(why, _)| [MAX_PAGES, MANY_LINKS].contains(why));
        let whole = self.counts.failures == 0 && self.cut.is_none() && !is_part;
        match self.json {
            true => self.total(&left, whole),
            false => self.broken(frontier),
        }
        let words = self.words(&left);
        self.progress.close();
        eprintln!("{words}");
        self.told.map(|()| whole)
    }

    /// For each page with links to pages that did not come: those links.
    fn broken(&mut self, frontier: &Frontier) {
        let (broken, more) = frontier.broken();
        if broken.is_empty() {
            return;
        }
        let mut text = "\nbroken links, by the page that has them:".to_string();
        for (page, links) in broken {
            text += &format!("\n  {page}");
            let links = links.iter().map(|(link, why)| format!("\n    {link}: {why}"));
            text.extend(links);
        }
        if more > 0 {
            text += &format!("\n  and {} to the same pages", counted(more, "link"));
        }
        self.say(false, &text);
    }

    /// The summary for programs.
    fn total(&mut self, left: &[(&str, u64)], whole: bool) {
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
        let total = total
            .text("cut", self.cut.as_ref())
            .plain("peak_memory_kib", system::peak_memory_kib())
            .plain("ms", Some(self.start.elapsed().as_millis()))
            .plain("whole", Some(whole));
        self.say(false, &total.end());
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

/// Reasons, each with how often.
fn listed<'a>(reasons: impl IntoIterator<Item = (&'a &'a str, &'a u64)>) -> String {
    let reasons = reasons.into_iter();
    let reasons: Vec<_> =
        reasons.map(|(why, count)| format!("{} {why}", grouped(*count))).collect();
    reasons.join(", ")
}

/// The page for people.
fn asked(job: &Job) -> String {
    match job.hops() {
        0 => job.url().to_string(),
        _ => format!("{}  (asked for {})", job.url(), job.first()),
    }
}

/// The page for programs.
fn line(job: &Job) -> Line {
    Line::new("url", job.url()).text("asked", Some(job.first()))
}
