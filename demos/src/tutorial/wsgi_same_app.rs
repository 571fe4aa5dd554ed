//! The same application under two servers (tutorial S4: "not one line changed, yet faster").
//!
//! The idea: eight requests, each waiting a second for something. A server that handles one at a
//! time takes eight seconds, one that spawns a task each takes one. The application does not know
//! which serves it. The gain is in the waiting: an application that computes would gain nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on, sleep};

use super::stage::{Clock, gather, lane, note, say, seconds, watch};
use crate::crawl::fetch::fetch;

type Local = LocalExecutor<2048>;

static EXECUTOR: Executor<20, 2048> = Executor::new();

/// The application: a path goes in, a page comes out, after a second of waiting.
async fn app(path: &str) -> String {
    sleep(seconds(1)).await;
    format!("hello from {path}")
}

/// One connection: a request, an answer.
async fn handle(mut stream: Async<TcpStream>) -> io::Result<()> {
    let (mut head, mut piece) = (Vec::new(), [0; 512]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => head.extend_from_slice(&piece[..count]),
        }
    }
    let head = String::from_utf8_lossy(&head);
    let page = app(head.split(' ').nth(1).unwrap_or("/")).await;
    let length = page.len();
    let answer = format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n{page}");
    stream.write_all(answer.as_bytes()).await
}

/// Whether a connection is awaited or spawned is all that the two servers differ in.
async fn serve(local: Local, listener: Async<TcpListener>, task_each: bool) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        if task_each {
            local
                .spawn(lane("handler", handle(stream)))
                .expect("twenty slots")
                .detach();
        } else {
            handle(stream).await?;
        }
    }
}

/// Asks a server for eight pages at once; gives the units it took.
fn measure(local: Local, label: &str, task_each: bool) -> io::Result<u64> {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr: SocketAddr = listener.get_ref().local_addr()?;
    let _server = local
        .spawn(lane(label, serve(local, listener, task_each)))
        .expect("a slot");
    let clock = Clock::start();
    let clients: Vec<_> = (0..8)
        .map(|k| {
            let client = lane(&format!("client {k}"), fetch(addr, format!("/{k}")));
            local.spawn(client).expect("a slot")
        })
        .collect();
    let pages: Result<Vec<_>, _> = block_on(local.run_until(gather(clients)))
        .into_iter()
        .collect();
    let pages = pages.map_err(io::Error::other)?;
    let took = clock.units();
    let size = pages.first().map_or(0, |page| page.body.len());
    say(format!("{label}: {} answers of {size} bytes", pages.len()));
    Ok(took)
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let one = measure(local, "one at a time", false)?;
    let each = measure(local, "greenlet each", true)?;
    note(format!("units: {one} against {each}"));
    Ok(())
}
