//! The same application under two servers (tutorial S4: "not one line changed, yet faster").
//!
//! The idea: eight requests, each waiting a second for something. A server that handles one at a
//! time takes eight seconds, one that spawns a task each takes one. The application does not know
//! which serves it. The gain is in the waiting: an application that computes would gain nothing.

use super::stage::seconds;
use crate::crawl::fetch::fetch;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on, sleep};

pub type Local = LocalExecutor<2048>;

pub static EXECUTOR: Executor<20, 2048> = Executor::new();

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
            local.spawn(handle(stream)).expect("twenty slots").detach();
        } else {
            handle(stream).await?;
        }
    }
}

/// Asks a server for eight pages at once.
pub fn run(local: Local, label: &str, task_each: bool) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.get_ref().local_addr()?;
    let _server = local.spawn(serve(local, listener, task_each)).expect("a slot");
    let clients = [0, 1, 2, 3, 4, 5, 6, 7].map(|k| {
        let client = fetch(addr, format!("/{k}"));
        local.spawn(client).expect("a slot")
    });
    let mut sizes = Vec::new();
    block_on(local.run_until(async {
        for client in clients {
            sizes.push(client.await.map_err(io::Error::other)?.body.len());
        }
        Ok::<_, io::Error>(())
    }))?;
    println!("{label}: {} answers of {} bytes", sizes.len(), sizes[0]);
    Ok(())
}
