//! The three ways to crawl the same pages. Each is one function from a [`Plan`] to a [`Tally`].

use super::plan::{Checks, Plan, Tally, fetch};
use crate::crawl::failure::Failure;
use crate::system;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A way of crawling.
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
    /// All of them, in the order in which they are shown.
    pub const ALL: [Way; 3] = [Way::Sequential, Way::Threads, Way::Wakeful];

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Way::Sequential => "sequential",
            Way::Threads => "thread per page",
            Way::Wakeful => "wakeful",
        }
    }

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Way::Sequential => "sequential",
            Way::Threads => "threads",
            Way::Wakeful => "wakeful",
        }
    }
}

/// What a way did, and the most OS threads that were seen while it did.
pub struct Crawled {
    /// The pages.
    pub tally: Tally,
    /// OS threads of the process, where the system tells.
    pub threads: Option<u64>,
}

/// One page after another.
pub fn sequential(plan: &Plan, checks: &Checks) -> io::Result<Crawled> {
    let mut tally = Tally::telling();
    for n in 0..plan.pages {
        tally.page(n, fetch(plan, checks, n))?;
    }
    Ok(Crawled { tally, threads: system::os_threads() })
}

/// A thread for each page, as many at once as the plan allows.
pub fn threads(plan: &Plan, checks: &Checks) -> io::Result<Crawled> {
    let state = Mutex::new(Shared { running: 0, tally: Tally::telling(), told: Ok(()) });
    let ended = Condvar::new();
    let mut most = system::os_threads();
    let (shared, ended) = (&state, &ended);
    thread::scope(|scope| {
        for n in 0..plan.pages {
            let full = |shared: &mut Shared| shared.running >= plan.concurrency;
            let waited = ended.wait_while(lock(shared), full);
            waited.unwrap_or_else(PoisonError::into_inner).running += 1;
            let work = move || {
                let result = fetch(plan, checks, n);
                lock(shared).end(n, result);
                ended.notify_one();
            };
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, work) {
                lock(shared).end(n, Err(Failure::Wrong(format!("no thread: {error}"))));
            }
            // The count is a file to read: looked at when the most are running, not after each.
            if n + 1 == plan.pages.min(plan.concurrency as u64) {
                most = most.max(system::os_threads());
            }
        }
    });
    let shared = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    shared.told?;
    Ok(Crawled { tally: shared.tally, threads: most })
}

/// What the threads of the second way share.
struct Shared {
    running: usize,
    tally: Tally,
    /// The first failure to tell of a page.
    told: io::Result<()>,
}

impl Shared {
    fn end(&mut self, n: u64, result: Result<u64, Failure>) {
        self.running -= 1;
        let told = self.tally.page(n, result);
        if self.told.is_ok() {
            self.told = told;
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
