//! The crawler on Furture, Task and loop: ten pages at once on one thread (tutorial S0).
//!
//! The idea that the tutorials build up to: a page is a coroutine that reads like blocking code,
//! and wherever it would block it waits for its socket while the other pages go on. The three parts
//! are in `crawl/furture.rs`, the coroutine in `crawl/fetch.rs`. The tutorial's own crawler reads
//! 4096 bytes of a page at most and loses all pages when one fails; this one reads to the end, and
//! shows sizes and checksums to prove it. The pages end in any order; the site runs in a process of
//! its own.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use wakeful_executor::Executor;

use super::site_child::SiteChild;
use super::stage::{lane, note, os_threads, say, watch};
use crate::crawl::fetch::fetch;
use crate::crawl::furture::{Loop, Task};
use crate::crawl::response::Response;

static EXECUTOR: Executor<10, 2048> = Executor::new();

pub fn run() -> io::Result<()> {
    let site = SiteChild::start(Duration::ZERO)?;
    let started = Instant::now();
    let lp = Loop::new(watch(EXECUTOR.take().expect("taken once")));
    let (failed, bytes) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let pages = 10;
    for n in 0..pages {
        let path = format!("/page/{n}");
        say(format!("GET: {path}"));
        let (failed, bytes) = (failed.clone(), bytes.clone());
        let page = lane(&path, fetch(site.addr, path.clone()));
        let at_end = move |result: Result<Response, _>| match result {
            Ok(page) => {
                let (count, sum) = (page.body.len(), adler2::adler32_slice(&page.body));
                bytes.set(bytes.get() + count);
                say(format!(
                    "{count} bytes received from {path}. adler32 {sum:08x}"
                ));
            }
            Err(failure) => {
                failed.set(failed.get() + 1);
                say(format!("failed {path}: {failure}"));
            }
        };
        lp.start(Task::new(page, at_end))
            .map_err(io::Error::other)?;
    }
    lp.run(async {});
    say(format!("耗时: {}", started.elapsed().as_secs_f64()));
    note(format!(
        "pages = {pages}, failed = {}, bytes = {}, tasks left = {}, os threads = {}",
        failed.get(),
        bytes.get(),
        lp.left(),
        os_threads()?
    ));
    Ok(())
}
