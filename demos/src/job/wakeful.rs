//! The third way: every page a task, all on this one thread.

use super::plan::{Checks, Plan, Tally, path};
use super::ways::Crawled;
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch;
use crate::crawl::furture::{Loop, Task, named};
use crate::crawl::response::Response;
use crate::measure;
use crate::timeline;
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use wakeful_executor::Executor;
use wakeful_reactor::sleep;

/// Pages that can be under way at once.
pub const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 1_536;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls the pages on this thread, recorded as a timeline if it is to be drawn.
pub fn crawl(plan: &Plan, checks: &Rc<Checks>, drawn: bool) -> io::Result<Crawled> {
    let local = EXECUTOR
        .take()
        .ok_or_else(|| io::Error::other("the executor is in use"))?;
    if drawn {
        local.observe(&timeline::TASKS);
    }
    let tasks = Loop::new(local);
    let tally = if drawn {
        Tally::quiet()
    } else {
        Tally::telling()
    };
    let ended: Ended = Rc::new(RefCell::new((tally, Ok(()))));
    let mut threads = None;
    tasks.run(async {
        for n in 0..plan.pages {
            tasks.at_most(plan.concurrency - 1).await;
            let fetched = patient(plan.addr, n, checks.clone());
            let at_end = judge(n, checks.clone(), ended.clone());
            tasks
                .start(Task::new(fetched, at_end))
                .map_err(io::Error::other)?;
            if n + 1 == plan.pages.min(plan.concurrency as u64) {
                threads = measure::os_threads();
            }
        }
        Ok::<(), io::Error>(())
    })?;
    let (tally, told) = ended.replace((Tally::quiet(), Ok(())));
    told?;
    Ok(Crawled {
        tally,
        threads: threads.max(measure::os_threads()),
    })
}

/// Fetches page `n`; again and again as long as there is no file descriptor for it.
async fn patient(addr: SocketAddr, n: u64, checks: Rc<Checks>) -> Page {
    let mut tries = 0;
    loop {
        let result = fetch(addr, path(n)).await;
        let pause = result
            .as_ref()
            .err()
            .and_then(|why| checks.shortage.pause(why, tries));
        let Some(pause) = pause else { return result };
        named("a descriptor", sleep(pause)).await;
        tries += 1;
    }
}

/// What came of the pages, and the first failure to tell of one.
type Ended = Rc<RefCell<(Tally, io::Result<()>)>>;
type Page = Result<Response, Failure>;

/// What happens at the end of page `n`: it is checked and counted.
fn judge(n: u64, checks: Rc<Checks>, ended: Ended) -> impl FnOnce(Page) {
    move |page| {
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
}
