//! The crawler meets what the tutorial ignores (after tutorial S0).
//!
//! The idea: a failure ends its own coroutine and nothing else. In the tutorial's loop one refused
//! connection ends all pages, and one silent server hangs them for ever. Here each page has a time
//! limit, its result is a value, good or bad, and the loop ends when no task is left.

use super::stage::seconds;
use crate::crawl::failure::{Failure, plain};
use crate::crawl::fetch::fetch;
use crate::crawl::response::Response;
use std::io;
use std::net::{SocketAddr, TcpStream};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, timeout};

/// How many redirects a page may have.
const HOPS: usize = 3;

/// Twenty tutorial seconds: a second at the usual scale.
const PATIENCE: u32 = 20;

pub static EXECUTOR: Executor<10, 4096> = Executor::new();

/// Fetches a page and follows its redirects; gives the path at which it ended, too.
async fn follow(addr: SocketAddr, mut path: String) -> Result<(String, Response), Failure> {
    for _ in 0..=HOPS {
        let page = fetch(addr, path.clone()).await?;
        match page.head.field("location") {
            Some(target) if matches!(page.head.status, 301 | 302) => path = target.to_string(),
            _ => return Ok((path, page)),
        }
    }
    Err(Failure::Redirects(HOPS))
}

/// A page in a line.
fn describe(path: &str, result: &Result<(String, Response), Failure>) -> String {
    match result {
        Ok((at, page)) => {
            let from = if at == path { String::new() } else { format!(" from {at}") };
            format!("{path}: status {}, {} bytes{from}", page.head.status, page.body.len())
        }
        Err(Failure::Timeout(_)) => format!("{path}: no answer in time"),
        Err(Failure::Connect(error) | Failure::Receive(error)) => {
            format!("{path}: {}", plain(error))
        }
        Err(failure) => format!("{path}: {failure}"),
    }
}

pub fn run(local: LocalExecutor<4096>, site: SocketAddr) -> io::Result<()> {
    // A port that nobody listens on, held by a connection of our own.
    let held = TcpStream::connect(site)?;
    let dead = held.local_addr()?;
    let paths = [
        ("/page/5", site),
        ("/reset/9", site),
        ("/trunc/5", site),
        ("/redirect/8", site),
        ("/status/404", site),
        ("/slow/5", site),
        ("/nolen/5", site),
        ("/noreply/1", site),
        ("/bytes/0", site),
        ("/closed-port", dead),
    ];
    let tasks = paths.map(|(path, addr)| {
        let page = local.spawn(async move {
            let patience = seconds(PATIENCE);
            let page = timeout(patience, follow(addr, path.to_string())).await;
            describe(path, &page.unwrap_or(Err(Failure::Timeout(patience))))
        });
        page.expect("ten slots")
    });
    block_on(local.run_all());
    let ended: Vec<_> = tasks.into_iter().filter_map(|task| task.cancel()).collect();
    ended.iter().for_each(|line| println!("{line}"));
    let (tasks, left) = (paths.len(), paths.len() - ended.len());
    println!("# tasks = {tasks}, tasks left = {left}");
    Ok(())
}
