//! The third way: every page a task, all on this one thread.

use super::plan::{Checks, Plan, Tally, path};
use super::ways::Crawled;
use crate::crawl::fetch::fetch;
use crate::system;
use crate::timeline;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use wakeful_executor::Executor;
use wakeful_executor::sync::Semaphore;
use wakeful_reactor::block_on;

/// Pages that can be under way at once.
const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 1_536;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls the pages on this thread, recorded as a timeline if it is to be drawn.
pub fn crawl(plan: &Plan, checks: Checks, drawn: bool) -> io::Result<Crawled> {
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
                let page = fetch(*at, path(n)).await;
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
