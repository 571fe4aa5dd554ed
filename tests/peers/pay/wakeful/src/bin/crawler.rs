//! A small crawler with wakeful: `crawler ADDRESS PAGES` fetches them over fresh connections, ten
//! at a time, and prints how many bytes came.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use wakeful_executor::Executor;
use wakeful_reactor::{Async, block_on};

static EXECUTOR: Executor<10, 1024> = Executor::new();

async fn fetch(address: SocketAddr, page: usize) -> io::Result<usize> {
    let mut stream = Async::<TcpStream>::connect(address).await?;
    let request = format!("GET /{page} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page).await
}

async fn work(address: SocketAddr, left: Rc<Cell<usize>>) -> usize {
    let mut bytes = 0;
    while let Some(page) = left.get().checked_sub(1) {
        left.set(page);
        bytes += fetch(address, page).await.unwrap_or(0);
    }
    bytes
}

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let address = words.next().unwrap_or_default().parse().map_err(io::Error::other)?;
    let pages = words.next().unwrap_or_default().parse().map_err(io::Error::other)?;
    let left = Rc::new(Cell::new(pages));
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("taken once"))?;
    let bytes = block_on(local.run_until(async move {
        let tasks: Vec<_> =
            (0..10).filter_map(|_| local.spawn(work(address, Rc::clone(&left))).ok()).collect();
        let mut bytes = 0;
        for task in tasks {
            bytes += task.await;
        }
        bytes
    }));
    println!("{bytes}");
    Ok(())
}
