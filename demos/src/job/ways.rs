//! The three ways to crawl the same pages. Each is one function from a [`Plan`] to a [`Tally`], with
//! the most OS threads that were seen meanwhile.

use super::plan::{Checks, Plan, Tally, path};
use crate::crawl::failure::Failure;
use crate::crawl::fetch::{self, fetch_blocking};
use crate::{system, timeline};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use wakeful_executor::Executor;
use wakeful_executor::sync::Semaphore;
use wakeful_reactor::block_on;

/// Pages that can be under way at once.
const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 1_536;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

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

/// Every page a task, all on this thread, recorded as a timeline if it is to be drawn.
pub fn wakeful(plan: &Plan, checks: Checks, drawn: bool) -> io::Result<Crawled> {
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("the executor is in use"))?;
    if drawn {
        local.observe(&timeline::TASKS);
    }
    // What the tasks share.
    let free = Semaphore::new(plan.concurrency);
    let shared = Rc::new((plan.at, checks, free, RefCell::<Tally>::default()));
    let mut threads = None;
    block_on(local.run_until(async {
        for n in 0..plan.pages {
            shared.2.acquire().await.forget();
            let shared = shared.clone();
            let page = async move {
                let (at, checks, free, tally) = &*shared;
                let page = fetch::fetch(*at, path(n)).await;
                let result = page.and_then(|response| checks.check(n, &response));
                if result.is_err() {
                    timeline::failed(n as usize);
                }
                tally.borrow_mut().page(n, result);
                free.release(1);
            };
            let full = |_| io::Error::other("every slot of the executor holds a task");
            local.spawn_detached(page).map_err(full)?;
            if n + 1 == plan.pages.min(plan.concurrency as u64) {
                threads = system::os_threads();
            }
        }
        // All are given back when no page is under way.
        let _ = shared.2.acquire_many(plan.concurrency).await;
        Ok::<(), io::Error>(())
    }))?;
    Ok((shared.3.take(), threads.max(system::os_threads())))
}
