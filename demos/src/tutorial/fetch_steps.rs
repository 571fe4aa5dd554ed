//! One page seen from outside: where its coroutine stops and what wakes it (tutorial S0).
//!
//! The idea: the tutorial's `fetch` has two callbacks, one for "writable" and one for "readable",
//! that share their state by hand. As a coroutine it is one function from top to bottom, and its
//! local variables are the state. It stops until the connection is there (writable), until there is
//! something to read, and until there is nothing more to come.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};

use futures_lite::AsyncWriteExt;
use wakeful_executor::Executor;
use wakeful_reactor::Async;

use super::site_child::SiteChild;
use super::stage::{lane, say, seconds, watch};
use crate::crawl::blocking::request;
use crate::crawl::furture::{Loop, Task};
use crate::crawl::response::{Limits, Reader};

static EXECUTOR: Executor<1, 2048> = Executor::new();

async fn fetch(addr: SocketAddr, path: &str) -> io::Result<usize> {
    say("waits until writable");
    let mut socket = Async::<TcpStream>::connect(addr).await?;
    socket.write_all(request(addr, path).as_bytes()).await?;

    let mut page = Reader::new(Limits::default());
    let mut piece = vec![0; 65_536];
    loop {
        say("waits until readable");
        match socket
            .read_with(|mut socket| socket.read(&mut piece))
            .await?
        {
            0 => break,
            count => page.push(&piece[..count]).map_err(io::Error::other)?,
        };
    }
    Ok(page.finish().map_err(io::Error::other)?.body.len())
}

pub fn run() -> io::Result<()> {
    let site = SiteChild::start(seconds(1))?;
    let lp = Loop::new(watch(EXECUTOR.take().expect("taken once")));
    say("start");
    let page = lane("fetch", fetch(site.addr, "/bytes/1000"));
    let at_end = |page: io::Result<usize>| match page {
        Ok(count) => say(format!("end: {count} bytes")),
        Err(error) => say(format!("failed: {error}")),
    };
    lp.start(Task::new(page, at_end))
        .map_err(io::Error::other)?;
    say("task made, nothing has run");
    lp.run(async {});
    say(format!("loop returns: tasks left {}", lp.left()));
    Ok(())
}
