//! A small crawler with tokio: `crawler ADDRESS PAGES` fetches them over fresh connections, ten
//! at a time, and prints how many bytes came.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};

async fn fetch(address: SocketAddr, page: usize) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let bytes = LocalSet::new().block_on(&runtime, async move {
        let tasks: Vec<_> = (0..10).map(|_| spawn_local(work(address, Rc::clone(&left)))).collect();
        let mut bytes = 0;
        for task in tasks {
            bytes += task.await.unwrap_or(0);
        }
        bytes
    });
    println!("{bytes}");
    Ok(())
}
