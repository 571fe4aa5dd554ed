//! What a crawl tells: a line a page, a bar for people, and a summary that counts each kind of
//! failure.

use super::failure::Failure;
use super::page::Page;
use super::url::Url;
use crate::job::table::grouped;
use crate::progress::Progress;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Counts and tells.
pub struct Report {
    progress: Progress,
    start: Instant,
    pages: u64,
    bytes: u64,
    failed: BTreeMap<&'static str, u64>,
    /// The first failure to tell of a page: usually that nobody reads any more.
    told: io::Result<()>,
}

impl Report {
    /// Nothing yet of `total` pages.
    pub fn new(total: u64) -> Self {
        let progress = Progress::new("crawl", "pages", total);
        let (start, failed) = (Instant::now(), BTreeMap::new());
        Report {
            progress,
            start,
            pages: 0,
            bytes: 0,
            failed,
            told: Ok(()),
        }
    }

    /// A page came.
    pub fn page(&mut self, page: &Page) {
        self.pages += 1;
        self.bytes += page.response.body.len() as u64;
        let (status, length) = (page.response.head.status, page.response.body.len());
        let mut line = format!(
            "{status} {:>9} B {:>6} ms  {}",
            grouped(length as u64),
            page.took.as_millis(),
            page.url
        );
        if page.first != page.url {
            line.push_str(&format!("  (asked for {})", page.first));
        }
        self.say(&line);
        self.count();
    }

    /// A page did not come.
    pub fn failed(&mut self, first: &Url, url: &Url, failure: &Failure) {
        *self.failed.entry(failure.kind()).or_default() += 1;
        let mut line = format!("failed  {first}");
        if first != url {
            line.push_str(&format!(" at {url}"));
        }
        self.say(&format!("{line}: {failure}"));
        self.count();
    }

    /// Something that is no page's.
    pub fn note(&mut self, text: &str) {
        self.progress.line(text);
    }

    /// The crawl has grown.
    pub fn set_total(&mut self, total: u64) {
        self.progress.set_total(total);
    }

    fn say(&mut self, line: &str) {
        let told = self.progress.around(|| writeln!(io::stdout(), "{line}"));
        if self.told.is_ok() {
            self.told = told;
        }
    }

    fn count(&mut self) {
        let ended = self.ended();
        self.progress.at(ended);
    }

    fn ended(&self) -> u64 {
        self.pages + self.failed.values().sum::<u64>()
    }

    /// The summary, and whether every page came.
    pub fn finish(self) -> io::Result<bool> {
        let ended = self.ended();
        let took = self.start.elapsed();
        let failed = ended - self.pages;
        self.progress.close();
        let mut line = format!(
            "{} pages, {} bytes in {:.2} s, {:.0} pages a second",
            grouped(self.pages),
            grouped(self.bytes),
            took.as_secs_f64(),
            rate(ended, took)
        );
        if failed > 0 {
            let kinds = self
                .failed
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"));
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            line.push_str(&format!("; {} failed: {kinds}", grouped(failed)));
        }
        eprintln!("{line}");
        self.told?;
        Ok(failed == 0)
    }
}

fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-6)
}
