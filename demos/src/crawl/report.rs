//! What a crawl tells: a line a page, a bar for people, and a summary that counts each kind of
//! failure.

use super::failure::Failure;
use super::frontier::Job;
use super::json::Line;
use super::page::Page;
use crate::job::table::grouped;
use crate::progress::Progress;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

/// Counts and tells.
pub struct Report {
    progress: Progress,
    json: bool,
    start: Instant,
    pages: u64,
    bytes: u64,
    failed: BTreeMap<&'static str, u64>,
    /// Links that robots.txt forbids: not fetched, and no failure.
    skipped: u64,
    /// Why the crawl ended before its end, if it did.
    cut: Option<String>,
    /// The first failure to tell of a page: usually that nobody reads any more.
    told: io::Result<()>,
}

impl Report {
    /// Nothing yet of `total` pages; lines for programs if `json`.
    pub fn new(total: u64, json: bool) -> Self {
        Report {
            progress: Progress::new("crawl", "pages", total),
            json,
            start: Instant::now(),
            pages: 0,
            bytes: 0,
            failed: BTreeMap::new(),
            skipped: 0,
            cut: None,
            told: Ok(()),
        }
    }

    /// A page came.
    pub fn page(&mut self, page: &Page) {
        self.pages += 1;
        self.bytes += page.bytes as u64;
        let line = if self.json {
            page_for_programs(page)
        } else {
            page_for_people(page)
        };
        self.say(&line);
        self.show();
    }

    /// A page did not come.
    pub fn failed(&mut self, job: &Job, failure: &Failure) {
        if matches!(failure, Failure::Robots(_)) && job.depth > 0 {
            self.skipped += 1;
            return self.show();
        }
        *self.failed.entry(failure.kind()).or_default() += 1;
        let line = if self.json {
            let line = Line::new().text("url", &job.url).text("asked", &job.first);
            line.text("failure", failure.kind())
                .text("why", failure)
                .end()
        } else if job.first != job.url {
            format!("failed  {} at {}: {failure}", job.first, job.url)
        } else {
            format!("failed  {}: {failure}", job.url)
        };
        self.say(&line);
        self.show();
    }

    /// Something that is no page's.
    pub fn note(&mut self, text: &str) {
        self.progress.line(text);
    }

    /// So many pages are known now.
    pub fn set_total(&mut self, total: u64) {
        self.progress.set_total(total);
    }

    /// The crawl stops before its end.
    pub fn cut(&mut self, why: String) {
        self.cut = Some(why);
    }

    fn say(&mut self, line: &str) {
        let told = self.progress.around(|| writeln!(io::stdout(), "{line}"));
        if self.told.is_ok() {
            self.told = told;
        }
    }

    /// Whether what was told so far could be written.
    pub fn is_heard(&self) -> bool {
        self.told.is_ok()
    }

    fn show(&mut self) {
        let seconds = self.start.elapsed().as_secs_f64().max(1e-6);
        let (pages, mb) = (
            self.ended() as f64 / seconds,
            self.bytes as f64 / seconds / 1e6,
        );
        self.progress
            .message(|| format!("{pages:.0} pages/s, {mb:.1} MB/s"));
        self.progress.at(self.ended());
    }

    /// Pages that came, failed, or were left out.
    pub fn ended(&self) -> u64 {
        self.pages + self.failures() + self.skipped
    }

    fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// The summary, and whether every page came.
    ///
    /// # Errors
    /// A line could not be written.
    pub fn finish(self) -> io::Result<bool> {
        let seconds = self.start.elapsed().as_secs_f64();
        let (pages, failures) = (self.pages, self.failures());
        let rate = pages as f64 / seconds.max(1e-6);
        let mut line = format!(
            "{} {}, {} bytes in {seconds:.2} s, {rate:.0} pages a second",
            grouped(pages),
            if pages == 1 { "page" } else { "pages" },
            grouped(self.bytes),
        );
        if failures > 0 {
            let kinds = self
                .failed
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"));
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            line.push_str(&format!("; {} failed: {kinds}", grouped(failures)));
        }
        if self.skipped > 0 {
            line.push_str(&format!(
                "; {} forbidden by robots.txt",
                grouped(self.skipped)
            ));
        }
        if let Some(why) = &self.cut {
            line.push_str(&format!("; {why}"));
        }
        self.progress.close();
        eprintln!("{line}");
        self.told?;
        Ok(failures == 0 && self.cut.is_none())
    }
}

fn page_for_people(page: &Page) -> String {
    let (status, bytes) = (page.status, grouped(page.bytes as u64));
    let mut line = format!(
        "{status} {bytes:>9} B {:>6} ms  {}",
        page.took.as_millis(),
        page.url
    );
    if page.first != page.url {
        line.push_str(&format!("  (asked for {})", page.first));
    }
    if let Some(file) = &page.file {
        line.push_str(&format!("  in {}", file.display()));
    }
    line
}

fn page_for_programs(page: &Page) -> String {
    let mut line = Line::new()
        .text("url", &page.url)
        .text("asked", &page.first)
        .number("status", page.status.into())
        .number("bytes", page.bytes as u64)
        .number("ms", page.took.as_millis() as u64)
        .number("depth", page.depth as u64);
    if let Some(kind) = &page.kind {
        line = line.text("type", kind);
    }
    if let Some(file) = &page.file {
        line = line.text("file", file.display());
    }
    line.end()
}
