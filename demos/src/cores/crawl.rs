//! The crawler, one worker a thread: each has a loop of its own and a share of the pages.

use super::labour::{shares, work};
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch;
use crate::crawl::furture::{Loop, Task};
use crate::crawl::response::Response;
use crate::site::size_of_page;
use std::cell::Cell;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;
use wakeful_executor::Executor;

/// Pages of one worker under way at once.
const AT_ONCE: usize = 32;
const BYTES: usize = 1_536;
/// Every page is this one, of 14 KB.
const PAGE: u64 = 5;

/// Crawls so many pages from so many threads of this process, then says how many came right.
pub fn threads(addr: SocketAddr, pages: u64, workers: usize, rounds: u64) -> io::Result<()> {
    let right: io::Result<u64> = thread::scope(|scope| {
        let threads: Vec<_> = shares(pages, workers)
            .map(|share| scope.spawn(move || crawl(addr, share, rounds)))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|pages| pages.map_err(|_| io::Error::other("a worker panicked"))?)
            .sum()
    });
    writeln!(io::stdout(), "{}", right?)
}

/// One worker: an executor, a reactor, a loop.
fn crawl(addr: SocketAddr, pages: u64, rounds: u64) -> io::Result<u64> {
    let none = || io::Error::other("a new executor is taken once");
    let local = Executor::<AT_ONCE, BYTES>::leak().take().ok_or_else(none)?;
    let tasks = Loop::new(local);
    let right = Rc::new(Cell::new(0));
    tasks.run(async {
        for _ in 0..pages {
            tasks.at_most(AT_ONCE - 1).await;
            let right = right.clone();
            let at_end = move |page: Result<Response, Failure>| {
                work(rounds);
                let came = page.is_ok_and(|page| page.body.len() == size_of_page(PAGE));
                right.set(right.get() + u64::from(came));
            };
            let task = Task::new(fetch(addr, format!("/page/{PAGE}")), at_end);
            tasks.start(task).map_err(io::Error::other)?;
        }
        Ok::<(), io::Error>(())
    })?;
    Ok(right.get())
}
