//! The third way: every page a task, all on this one thread.

use super::plan::{Checks, Plan, Tally, path};
use super::ways::Crawled;
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch;
use crate::crawl::response::Response;
use crate::system;
use crate::timeline;
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use wakeful_executor::Executor;
use wakeful_executor::sync::Semaphore;
use wakeful_reactor::{block_on, sleep};

/// Pages that can be under way at once.
pub const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 1_536;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls the pages on this thread, recorded as a timeline if it is to be drawn.
pub fn crawl(plan: &Plan, checks: &Rc<Checks>, drawn: bool) -> io::Result<Crawled> {
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("the executor is in use"))?;
    if drawn {
        local.observe(&timeline::TASKS);
    }
    let tally = if drawn { Tally::quiet() } else { Tally::telling() };
    let ended: Ended = Rc::new(RefCell::new((tally, Ok(()))));
    let free = Rc::new(Semaphore::new(plan.concurrency));
    let mut threads = None;
    block_on(local.run_until(async {
        for n in 0..plan.pages {
            free.acquire().await.forget();
            let (addr, checks, ended, free) =
                (plan.addr, checks.clone(), ended.clone(), free.clone());
            let page = async move {
                let page = patient(addr, n, &checks).await;
                judge(n, page, &checks, &ended);
                free.release(1);
            };
            let full = |_| io::Error::other("every slot of the executor holds a task");
            local.spawn_detached(page).map_err(full)?;
            if n + 1 == plan.pages.min(plan.concurrency as u64) {
                threads = system::os_threads();
            }
        }
        // All are given back when no page is under way.
        let _ = free.acquire_many(plan.concurrency).await;
        Ok::<(), io::Error>(())
    }))?;
    let (tally, told) = ended.replace((Tally::quiet(), Ok(())));
    told?;
    Ok(Crawled { tally, threads: threads.max(system::os_threads()) })
}

/// Fetches page `n`; again and again as long as there is no file descriptor for it.
async fn patient(addr: SocketAddr, n: u64, checks: &Checks) -> Page {
    let mut tries = 0;
    loop {
        let result = fetch(addr, path(n)).await;
        let pause = result.as_ref().err().and_then(|why| checks.shortage.pause(why, tries));
        let Some(pause) = pause else { return result };
        timeline::waiting_for("a descriptor");
        sleep(pause).await;
        tries += 1;
    }
}

/// What came of the pages, and the first failure to tell of one.
type Ended = Rc<RefCell<(Tally, io::Result<()>)>>;
type Page = Result<Response, Failure>;

/// Page `n` has ended: it is checked and counted.
fn judge(n: u64, page: Page, checks: &Checks, ended: &Ended) {
    let result = page.and_then(|response| checks.check(n, &response));
    if result.is_err() {
        timeline::failed(n as usize);
    }
    let (tally, told) = &mut *ended.borrow_mut();
    let now = tally.page(n, result);
    if told.is_ok() {
        *told = now;
    }
}
