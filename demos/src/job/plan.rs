//! What each way of crawling has to do, and what came of it.

use crate::crawl::blocking;
use crate::crawl::failure::Failure;
use crate::crawl::response::Response;
use crate::site::{body_of_page, size_of_page};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The pages repeat after this many: sizes after 10, contents after 36.
const PERIOD: u64 = 180;
/// How often a way says how far it is.
const TELL_EVERY: Duration = Duration::from_millis(25);

/// The work: pages 0 to `pages - 1` of the site at `addr`, at most `concurrency` at once.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Where the site listens.
    pub addr: SocketAddr,
    /// How many pages.
    pub pages: u64,
    /// How many at once, where the way can do more than one.
    pub concurrency: usize,
}

/// The length and checksum that each page must have, worked out before the clock starts.
pub struct Checks(Vec<(usize, u32)>);

impl Checks {
    /// The checks of the first `pages` pages.
    pub fn new(pages: u64) -> Self {
        let check = |n| {
            let body = body_of_page(n, size_of_page(n));
            (body.len(), adler2::adler32_slice(&body))
        };
        Checks((0..pages.min(PERIOD)).map(check).collect())
    }

    /// The length of page `n`'s body, if it is the right one.
    pub fn check(&self, n: u64, response: &Response) -> Result<u64, Failure> {
        if response.head.status != 200 {
            return Err(Failure::Status(response.head.status));
        }
        let (length, sum) = self.0[(n % PERIOD) as usize];
        let (has, its) = (response.body.len(), adler2::adler32_slice(&response.body));
        if (has, its) == (length, sum) {
            return Ok(length as u64);
        }
        let said = format!("{has} bytes with adler32 {its:08x} instead of {length} with {sum:08x}");
        Err(Failure::Wrong(said))
    }
}

/// The path of page `n`.
pub fn path(n: u64) -> String {
    format!("/page/{n}")
}

/// Fetches and checks page `n`, blocking.
pub fn fetch(plan: &Plan, checks: &Checks, n: u64) -> Result<u64, Failure> {
    blocking::fetch(plan.addr, &path(n)).and_then(|response| checks.check(n, &response))
}

/// Counts pages as they end and says so now and then, in lines for the program that watches.
pub struct Tally {
    /// Pages that were fetched and are right.
    pub right: u64,
    /// Pages that failed.
    pub failed: u64,
    /// Bytes of the right pages' bodies.
    pub bytes: u64,
    /// When it last said how far it is; `None` where nobody listens.
    told: Option<Instant>,
}

impl Tally {
    /// Nothing done yet, and nobody to tell.
    pub fn quiet() -> Self {
        Tally {
            right: 0,
            failed: 0,
            bytes: 0,
            told: None,
        }
    }

    /// Nothing done yet; what is done will be told on standard output.
    pub fn telling() -> Self {
        Tally {
            told: Some(Instant::now()),
            ..Tally::quiet()
        }
    }

    /// Page `n` has ended.
    pub fn page(&mut self, n: u64, result: Result<u64, Failure>) -> io::Result<()> {
        match result {
            Ok(bytes) => {
                self.right += 1;
                self.bytes += bytes;
            }
            Err(failure) => {
                self.failed += 1;
                if self.told.is_some() {
                    writeln!(io::stdout(), "failed {}: {failure}", path(n))?;
                }
            }
        }
        if self.told.is_some_and(|told| told.elapsed() >= TELL_EVERY) {
            self.told = Some(Instant::now());
            writeln!(io::stdout(), "ended {}", self.right + self.failed)?;
        }
        Ok(())
    }
}
