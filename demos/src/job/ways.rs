//! The three ways to crawl the same pages. Each is one function from a [`Plan`] to a [`Tally`], with
//! the most OS threads that were seen meanwhile.

use super::plan::{Checks, Plan, Tally, path};
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch_blocking;
use crate::system;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What came of the pages, and the OS threads, where the system tells.
pub type Crawled = (Tally, Option<u64>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// One page after another, on one thread that waits
    Sequential,
    /// A thread for each page
    Threads,
    /// Every page a task, on one thread of wakeful
    Wakeful,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Sequential, Way::Threads, Way::Wakeful];

    pub fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    pub fn name(self) -> &'static str {
        match self {
            Way::Sequential => "sequential",
            Way::Threads => "thread per page",
            Way::Wakeful => "wakeful",
        }
    }
}

fn fetch(plan: &Plan, checks: &Checks, n: u64) -> Result<u64, Failure> {
    checks.check(n, &fetch_blocking(plan.at, &path(n))?)
}

pub fn sequential(plan: &Plan, checks: &Checks) -> Crawled {
    let mut tally = Tally::default();
    for n in 0..plan.pages {
        tally.page(n, fetch(plan, checks, n));
    }
    (tally, system::os_threads())
}

/// A thread for each page, as many at once as the plan allows.
pub fn threads(plan: &Plan, checks: &Checks) -> Crawled {
    let (running, ended) = (Mutex::new((0, Tally::default())), Condvar::new());
    let mut most = system::os_threads();
    thread::scope(|scope| {
        for n in 0..plan.pages {
            let full = |running: &mut (usize, Tally)| running.0 >= plan.concurrency;
            let waited = ended.wait_while(lock(&running), full);
            waited.unwrap_or_else(PoisonError::into_inner).0 += 1;
            let (running, ended) = (&running, &ended);
            let end = move |result| {
                let mut running = lock(running);
                running.0 -= 1;
                running.1.page(n, result);
                ended.notify_one();
            };
            let work = move || end(fetch(plan, checks, n));
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, work) {
                end(Err(Failure::Wrong(format!("no thread: {error}"))));
            }
            // The count is a file to read: looked at when the most are running, not after each.
            if n + 1 == plan.pages.min(plan.concurrency as u64) {
                most = most.max(system::os_threads());
            }
        }
    });
    (running.into_inner().unwrap_or_else(PoisonError::into_inner).1, most)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
