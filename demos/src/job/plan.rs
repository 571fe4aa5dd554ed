//! What each way of crawling has to do, and what came of it.

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

/// The work: pages 0 to `pages - 1` of the site at `at`, at most `concurrency` at once where the
/// way can do more than one.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    #[arg(long)]
    pub at: SocketAddr,
    #[arg(long)]
    pub pages: u64,
    #[arg(long)]
    pub concurrency: usize,
}

pub fn path(n: u64) -> String {
    format!("/page/{n}")
}

/// The length and checksum that each page must have, worked out before the clock starts.
pub struct Checks(Vec<(usize, u32)>);

impl Checks {
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

/// Counts pages as they end and says so now and then, in lines for the process that watches.
pub struct Tally {
    pub right: u64,
    pub failed: u64,
    /// Of the right pages' bodies.
    pub bytes: u64,
    /// When it last said how far it is.
    at: Instant,
    /// The first failure to say so.
    pub told: io::Result<()>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { right: 0, failed: 0, bytes: 0, at: Instant::now(), told: Ok(()) }
    }
}

impl Tally {
    /// Page `n` has ended.
    pub fn page(&mut self, n: u64, result: Result<u64, Failure>) {
        match result {
            Ok(bytes) => {
                self.right += 1;
                self.bytes += bytes;
            }
            Err(failure) => {
                self.failed += 1;
                self.tell(format!("failed {}: {failure}", path(n)));
            }
        }
        if self.at.elapsed() >= TELL_EVERY {
            self.at = Instant::now();
            self.tell(format!("ended {}", self.right + self.failed));
        }
    }

    fn tell(&mut self, line: String) {
        if self.told.is_ok() {
            self.told = writeln!(io::stdout(), "{line}");
        }
    }
}
