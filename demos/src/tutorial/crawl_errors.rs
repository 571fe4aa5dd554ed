//! The crawler meets what the tutorial ignores (after tutorial S0).
//!
//! The idea: a failure ends its own coroutine and nothing else. In the tutorial's loop one refused
//! connection ends all pages, and one silent server hangs them for ever. Here each page has a time
//! limit, its result is a value, good or bad, and the loop ends when no task is left.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketType};
use wakeful_executor::Executor;
use wakeful_reactor::timeout;

use super::site_child::SiteChild;
use super::stage::{lane, note, say, seconds, watch};
use crate::crawl::failure::{Failure, plain};
use crate::crawl::fetch::fetch;
use crate::crawl::furture::{Loop, Task};
use crate::crawl::response::Response;

/// How many redirects a page may have.
const HOPS: usize = 3;

/// Twenty tutorial seconds: a second at the usual scale.
const PATIENCE: u32 = 20;

static EXECUTOR: Executor<16, 4096> = Executor::new();

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
            let from = if at == path {
                String::new()
            } else {
                format!(" from {at}")
            };
            format!(
                "{path}: status {}, {} bytes{from}",
                page.head.status,
                page.body.len()
            )
        }
        Err(Failure::Timeout(_)) => format!("{path}: no answer in time"),
        Err(Failure::Connect(error) | Failure::Receive(error)) => {
            format!("{path}: {}", plain(error))
        }
        Err(failure) => format!("{path}: {failure}"),
    }
}

/// A port that nobody listens on, and the socket that keeps others from doing so.
fn dead_port() -> io::Result<(OwnedFd, SocketAddr)> {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = net::getsockname(&socket)?.try_into()?;
    Ok((socket, addr))
}

pub fn run() -> io::Result<()> {
    let site = SiteChild::start(Duration::ZERO)?;
    let (_held, dead) = dead_port()?;
    let paths = [
        ("/page/5", site.addr),
        ("/reset/9", site.addr),
        ("/trunc/5", site.addr),
        ("/redirect/8", site.addr),
        ("/status/404", site.addr),
        ("/slow/5", site.addr),
        ("/nolen/5", site.addr),
        ("/noreply/1", site.addr),
        ("/bytes/0", site.addr),
        ("/closed-port", dead),
    ];
    let lp = Loop::new(watch(EXECUTOR.take().expect("taken once")));
    let said = Rc::new(RefCell::new(HashMap::new()));
    for (path, addr) in paths {
        let patience = seconds(PATIENCE);
        let limited = async move {
            let page = timeout(patience, follow(addr, path.to_string())).await;
            page.unwrap_or(Err(Failure::Timeout(patience)))
        };
        let said = said.clone();
        let at_end = move |result| {
            said.borrow_mut().insert(path, describe(path, &result));
        };
        lp.start(Task::new(lane(path, limited), at_end))
            .map_err(io::Error::other)?;
    }
    lp.run(async {});
    let said = said.borrow();
    for line in paths.iter().filter_map(|(path, _)| said.get(path)) {
        say(line);
    }
    note(format!(
        "tasks = {}, tasks left = {}",
        said.len(),
        lp.left()
    ));
    Ok(())
}
