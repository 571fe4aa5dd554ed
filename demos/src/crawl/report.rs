//! What a crawl tells: a line a page, a bar for people, the links that lead nowhere, and a summary
//! of all that did not come, by its reason.

use super::failure::Failure;
use super::frontier::{Frontier, Job};
use super::json::Line;
use super::links::MAX_LINKS;
use super::page::Page;
use super::url::Url;
use crate::job::table::grouped;
use crate::measure;
use crate::progress::{Progress, counted};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

/// Pages that were left out for this reason, or links beyond the cap, make the crawl a part.
pub const MAX_PAGES: &str = "beyond --max-pages";

/// Counts and tells.
pub struct Report {
    progress: Progress,
    json: bool,
    quiet: bool,
    start: Instant,
    pages: u64,
    bytes: u64,
    deepest: usize,
    /// Redirects to pages that were fetched for another reason.
    redirected: u64,
    failed: BTreeMap<&'static str, u64>,
    /// Links that robots.txt forbids: not fetched, and no failure.
    forbidden: u64,
    /// Links that were not followed because their page has too many.
    links_beyond: u64,
    /// Why the crawl ended before its end, if it did.
    cut: Option<String>,
    /// The first failure to tell of a page: usually that nobody reads any more.
    told: io::Result<()>,
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
            pages: 0,
            bytes: 0,
            deepest: 0,
            redirected: 0,
            failed: BTreeMap::new(),
            forbidden: 0,
            links_beyond: 0,
            cut: None,
            told: Ok(()),
        }
    }

    /// A page came.
    pub fn page(&mut self, job: &Job, page: &Page) {
        self.pages += 1;
        self.bytes += page.bytes as u64;
        self.deepest = self.deepest.max(job.depth);
        self.links_beyond += page.links.beyond;
        if self.json {
            let mut line = line(job)
                .plain("status", page.status)
                .plain("bytes", page.bytes)
                .plain("ms", page.took.as_millis())
                .plain("depth", job.depth);
            if let Some(kind) = &page.kind {
                line = line.text("type", kind);
            }
            if let Some(file) = &page.file {
                line = line.text("file", file.display());
            }
            if page.links.beyond > 0 {
                line = line.plain("links_beyond", page.links.beyond);
            }
            self.say(self.quiet, &line.end());
        } else {
            let (status, bytes) = (page.status, grouped(page.bytes as u64));
            let ms = page.took.as_millis();
            let mut line = format!("{status} {bytes:>9} B {ms:>6} ms  {}", asked(job));
            if let Some(file) = &page.file {
                line.push_str(&format!("  in {}", file.display()));
            }
            self.say(self.quiet, &line);
        }
        if page.links.beyond > 0 {
            let beyond = counted(page.links.beyond, "link");
            let most = grouped(MAX_LINKS as u64);
            self.note(&format!("{}: {beyond} beyond the first {most}", job.url()));
        }
    }

    /// A page was redirected to one that came for another reason.
    pub fn redirected(&mut self, job: &Job) {
        self.redirected += 1;
        let text = match self.json {
            true => line(job)
                .plain("redirected", true)
                .plain("depth", job.depth)
                .end(),
            false => format!("redirected  {} to {}", job.first(), job.url()),
        };
        self.say(self.quiet, &text);
    }

    /// A page did not come; `from` leads to it.
    pub fn failed(&mut self, job: &Job, failure: &Failure, from: Option<&Url>) {
        // What the command line itself names was wanted.
        let is_left = matches!(failure, Failure::Forbidden) && job.depth > 0;
        match is_left {
            true => self.forbidden += 1,
            false => *self.failed.entry(failure.kind()).or_default() += 1,
        }
        let text = match self.json {
            true => {
                let kind = if is_left { "left_out" } else { "failure" };
                let mut line = line(job).text(kind, failure.kind()).text("why", failure);
                if let Some(status) = failure.status() {
                    line = line.plain("status", status);
                }
                referred(line.plain("depth", job.depth), from).end()
            }
            false => {
                let kind = if is_left { "left out" } else { "failed" };
                let from = from.map_or(String::new(), |from| format!("  (on {from})"));
                format!("{kind}  {}: {failure}{from}", asked(job))
            }
        };
        self.say(self.quiet && is_left, &text);
    }

    /// A page is not fetched because there are so many.
    pub fn left_out(&mut self, url: &Url, from: &Url) {
        let text = match self.json {
            true => referred(
                Line::new().text("url", url).text("left_out", MAX_PAGES),
                Some(from),
            )
            .end(),
            false => format!("left out  {url}: {MAX_PAGES}  (on {from})"),
        };
        self.say(self.quiet, &text);
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
        let done = self.pages + self.redirected + self.forbidden + self.failures();
        let (pages, mb) = (done as f64 / seconds, self.bytes as f64 / seconds / 1e6);
        self.progress.set_total(total);
        self.progress
            .message(|| format!("{pages:.0} pages/s, {mb:.1} MB/s"));
        self.progress.at(done);
    }

    fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// The links that lead nowhere and the summary; whether all is there that was asked for.
    ///
    /// # Errors
    /// A line could not be written.
    pub fn finish(mut self, frontier: &Frontier) -> io::Result<bool> {
        let mut left: Vec<_> = frontier
            .left_out()
            .map(|(reason, count)| (reason, count as u64))
            .collect();
        left.push(("forbidden by robots.txt", self.forbidden));
        left.push(("on pages with too many links", self.links_beyond));
        left.retain(|(_, count)| *count > 0);
        let is_part = left.iter().any(|(reason, _)| *reason == MAX_PAGES) || self.links_beyond > 0;
        let whole = self.failures() == 0 && self.cut.is_none() && !is_part;
        match self.json {
            true => self.total_for_programs(&left, whole),
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
            text.push_str(&format!("\n  {page}"));
            for (link, why) in links {
                text.push_str(&format!("\n    {link}: {why}"));
            }
        }
        if more > 0 {
            text.push_str(&format!(
                "\n  and {} to the same pages",
                counted(more, "link")
            ));
        }
        self.say(false, &text);
    }

    fn total_for_programs(&mut self, left: &[(&str, u64)], whole: bool) {
        let mut total = Line::new()
            .plain("pages", self.pages)
            .plain("total_bytes", self.bytes)
            .plain("redirected", self.redirected)
            .plain("failed", self.failures());
        for (reason, count) in left {
            let words = reason.split(|c: char| !c.is_alphanumeric());
            let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            total = total.plain(&format!("left_out_{}", words.join("_")), count);
        }
        if let Some(why) = &self.cut {
            total = total.text("cut", why);
        }
        if let Some(kib) = measure::peak_memory_kib() {
            total = total.plain("peak_memory_kib", kib);
        }
        let ms = self.start.elapsed().as_millis() as u64;
        let total = total.plain("total_ms", ms).plain("whole", whole);
        self.say(false, &total.end());
    }

    fn words(&self, left: &[(&str, u64)]) -> String {
        let seconds = self.start.elapsed().as_secs_f64();
        let rate = self.pages as f64 / seconds.max(1e-6);
        let mut text = format!(
            "{}, {} in {seconds:.2} s, {rate:.0} pages a second",
            counted(self.pages, "page"),
            counted(self.bytes, "byte"),
        );
        if self.deepest > 0 {
            text.push_str(&format!(", depth {}", self.deepest));
        }
        if let Some(kib) = measure::peak_memory_kib() {
            text.push_str(&format!(
                ", at most {:.1} MiB of memory",
                kib as f64 / 1024.0
            ));
        }
        if self.redirected > 0 {
            text.push_str(&format!(
                "; {} redirected to them",
                grouped(self.redirected)
            ));
        }
        let failures = self.failures();
        if failures > 0 {
            let kinds = self.failed.iter();
            let kinds: Vec<_> = kinds
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            text.push_str(&format!(
                "; {} failed: {}",
                grouped(failures),
                kinds.join(", ")
            ));
        }
        if !left.is_empty() {
            let reasons = left.iter();
            let reasons: Vec<_> = reasons
                .map(|(reason, count)| format!("{} {reason}", grouped(*count)))
                .collect();
            text.push_str(&format!("; left out: {}", reasons.join(", ")));
        }
        if let Some(why) = &self.cut {
            text.push_str(&format!("; {why}"));
        }
        text
    }
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
    Line::new()
        .text("url", job.url())
        .text("asked", job.first())
}

fn referred(line: Line, from: Option<&Url>) -> Line {
    match from {
        Some(from) => line.text("from", from),
        None => line,
    }
}
