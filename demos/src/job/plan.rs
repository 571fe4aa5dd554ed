//! What each way of crawling has to do, and what came of it.

use crate::crawl::failure::Failure;
use crate::crawl::response::Response;
use crate::crawl::{blocking, descriptors};
use crate::site::{body_of_page, size_of_page};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
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
pub struct Checks {
    pages: Vec<(usize, u32)>,
    /// What to do without file descriptors.
    pub shortage: Shortage,
}

impl Checks {
    /// The checks of the first `pages` pages.
    pub fn new(pages: u64) -> Self {
        let check = |n| {
            let body = body_of_page(n, size_of_page(n));
            (body.len(), adler2::adler32_slice(&body))
        };
        let pages = (0..pages.min(PERIOD)).map(check).collect();
        Checks { pages, shortage: Shortage::default() }
    }

    /// The length of page `n`'s body, if it is the right one.
    pub fn check(&self, n: u64, response: &Response) -> Result<u64, Failure> {
        if response.head.status != 200 {
            return Err(Failure::Status(response.head.status));
        }
        let (length, sum) = self.pages[(n % PERIOD) as usize];
        let (has, its) = (response.body.len(), adler2::adler32_slice(&response.body));
        if (has, its) == (length, sum) {
            return Ok(length as u64);
        }
        let said = format!("{has} bytes with adler32 {its:08x} instead of {length} with {sum:08x}");
        Err(Failure::Wrong(said))
    }
}

/// How long a page waits for a file descriptor before it tries again, and how often.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(10);
const SHORTAGE_TRIES: u32 = 1_000;

/// Counts how often a page had to wait because all file descriptors were in use.
#[derive(Default)]
pub struct Shortage(AtomicU64);

impl Shortage {
    /// How long to wait before the next try, if that is why the page failed and it has not tried
    /// too often. Says so the first time.
    pub fn pause(&self, failure: &Failure, tries: u32) -> Option<Duration> {
        let Failure::Connect(error) = failure else {
            return None;
        };
        if !descriptors::are_out(error) || tries >= SHORTAGE_TRIES {
            return None;
        }
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            // If nobody reads it, that shows at the next page's end.
            let _ = writeln!(io::stdout(), "note slower: out of file descriptors, pages wait");
        }
        Some(SHORTAGE_PAUSE)
    }
}

/// The path of page `n`.
pub fn path(n: u64) -> String {
    format!("/page/{n}")
}

/// Fetches and checks page `n`, blocking; again and again as long as there is no descriptor for it.
pub fn fetch(plan: &Plan, checks: &Checks, n: u64) -> Result<u64, Failure> {
    let mut tries = 0;
    loop {
        let result = blocking::fetch(plan.addr, &path(n));
        let pause = result.as_ref().err().and_then(|why| checks.shortage.pause(why, tries));
        let Some(pause) = pause else {
            return result.and_then(|response| checks.check(n, &response));
        };
        std::thread::sleep(pause);
        tries += 1;
    }
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
        Tally { right: 0, failed: 0, bytes: 0, told: None }
    }

    /// Nothing done yet; what is done will be told on standard output.
    pub fn telling() -> Self {
        Tally { told: Some(Instant::now()), ..Tally::quiet() }
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
