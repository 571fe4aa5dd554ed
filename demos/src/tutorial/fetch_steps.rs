//! One page seen from outside: where its coroutine stops and what wakes it (tutorial S0).
//!
//! The idea: the tutorial's `fetch` has two callbacks, one for "writable" and one for "readable",
//! that share their state by hand. As a coroutine it is one function from top to bottom, and its
//! local variables are the state. It stops until the connection is there (writable), until there is
//! something to read, and until there is nothing more to come.

use crate::crawl::fetch::request;
use crate::crawl::response::{Limits, Reader};
use futures_lite::AsyncWriteExt;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on};

pub static EXECUTOR: Executor<1, 2048> = Executor::new();

async fn fetch(addr: SocketAddr, path: &str) -> io::Result<usize> {
    println!("waits until writable");
    let mut socket = Async::<TcpStream>::connect(addr).await?;
    socket.write_all(request(addr, path).as_bytes()).await?;

    let mut page = Reader::new(Limits::default());
    let mut piece = vec![0; 65_536];
    loop {
        println!("waits until readable");
        match socket.read_with(|mut socket| socket.read(&mut piece)).await? {
            0 => break,
            count => page.push(&piece[..count]).map_err(io::Error::other)?,
        };
    }
    Ok(page.finish().map_err(io::Error::other)?.body.len())
}

pub fn run(local: LocalExecutor<2048>, site: SocketAddr) {
    println!("start");
    let page = local.spawn(async move {
        match fetch(site, "/bytes/1000").await {
            Ok(count) => println!("end: {count} bytes"),
            Err(error) => println!("failed: {error}"),
        }
    });
    page.expect("one slot").detach();
    println!("task made, nothing has run");
    block_on(local.run_all());
    println!("loop returns: tasks left {}", local.len());
}
