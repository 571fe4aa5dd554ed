//! What each process of the measurement does: echo servers, their clients, crawlers. A worker is a
//! thread with an executor and a reactor of its own; what is told is one line.

use super::labour::{shares, work};
use crate::crawl::fetch::fetch;
use crate::site::size_of_page;
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use rustix::net::{AddressFamily, SocketType, bind, ipproto, listen, socket, sockopt};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};
use wakeful_executor::{Executor, LocalExecutor, Task};
use wakeful_reactor::{Async, block_on};

/// Bytes of a request and of its answer.
const REQUEST: usize = 64;
/// Connections of the clients, for as many workers to share.
const CLIENTS: u64 = 64;
/// Pages of one crawler under way at once.
const PAGES: u64 = 32;
/// Every page is this one, of 14 KB.
const PAGE: u64 = 5;
/// Connections that one worker can have, and bytes of each one's task.
const SLOTS: usize = 1_024;
const BYTES: usize = 1_536;

/// Runs a worker on each of so many threads; the sum of what they did.
fn on_threads<T: Send>(
    given: impl IntoIterator<Item = T>,
    worker: impl Fn(T) -> io::Result<u64> + Sync,
) -> io::Result<u64> {
    let worker = &worker;
    thread::scope(|scope| {
        let threads: Vec<_> =
            given.into_iter().map(|given| scope.spawn(move || worker(given))).collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|done| done.map_err(|_| io::Error::other("a worker panicked"))?).sum()
    })
}

fn executor() -> io::Result<LocalExecutor<BYTES>> {
    let none = || io::Error::other("a new executor is taken once");
    Executor::<SLOTS, BYTES>::leak().take().ok_or_else(none)
}

/// Serves from so many threads, each with a listener of its own at one port, until the process is
/// ended.
pub fn echo(workers: u64, rounds: u64) -> io::Result<()> {
    let first = listener(0)?;
    let addr = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..workers {
        listeners.push(listener(addr.port())?);
    }
    writeln!(io::stdout(), "{addr}")?;
    on_threads(listeners, |listener| serve(listener, rounds)).map(drop)
}

/// Serves from the listener that is this process's standard input, until the process is ended.
pub fn inherited_echo(rounds: u64) -> io::Result<()> {
    let listener = io::stdin().as_fd().try_clone_to_owned()?;
    serve(TcpListener::from(listener), rounds).map(drop)
}

/// A listener that shares its port with others of this program: the system deals the connections
/// out among them.
fn listener(port: u16) -> io::Result<TcpListener> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP))?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listen(&socket, SLOTS as i32)?;
    Ok(TcpListener::from(socket))
}

fn serve(listener: TcpListener, rounds: u64) -> io::Result<u64> {
    let local = executor()?;
    let listener = Async::new(listener)?;
    block_on(local.run_until(async {
        let mut incoming = listener.incoming();
        while let Some(stream) = incoming.next().await {
            let Ok(stream) = stream else { continue };
            // With every slot in use, the connection is closed.
            let _ = local.spawn_detached(answer(stream, rounds));
        }
    }));
    Ok(0)
}

async fn answer(mut stream: Async<TcpStream>, rounds: u64) {
    let mut request = [0; REQUEST];
    while stream.read_exact(&mut request).await.is_ok() {
        work(rounds);
        if stream.write_all(&request).await.is_err() {
            return;
        }
    }
}

/// Asks for so long from many connections at once, then says how many answers came.
pub fn clients(addr: SocketAddr, time: Duration) -> io::Result<()> {
    let until = Instant::now() + time;
    let answers = together(CLIENTS, |_| client(addr, until))?;
    writeln!(io::stdout(), "{answers}")
}

async fn client(addr: SocketAddr, until: Instant) -> io::Result<u64> {
    let mut stream = Async::<TcpStream>::connect(addr).await?;
    let (mut answer, mut answers) = ([0; REQUEST], 0);
    while Instant::now() < until {
        stream.write_all(&[b'?'; REQUEST]).await?;
        stream.read_exact(&mut answer).await?;
        answers += 1;
    }
    Ok(answers)
}

/// Crawls so many pages from so many threads, then says how many came right.
pub fn crawl(addr: SocketAddr, pages: u64, workers: u64, rounds: u64) -> io::Result<()> {
    let right = on_threads(shares(pages, workers), |share| {
        let shares: Vec<u64> = shares(share, PAGES).collect();
        together(PAGES, |n| crawler(addr, shares[n as usize], rounds))
    })?;
    writeln!(io::stdout(), "{right}")
}

async fn crawler(addr: SocketAddr, pages: u64, rounds: u64) -> io::Result<u64> {
    let mut right = 0;
    for _ in 0..pages {
        let page = fetch(addr, format!("/page/{PAGE}")).await;
        work(rounds);
        let came = page.is_ok_and(|page| page.body.len() == size_of_page(PAGE));
        right += u64::from(came);
    }
    Ok(right)
}

/// Runs so many tasks on this thread; the sum of what they did.
fn together<F>(count: u64, task: impl Fn(u64) -> F) -> io::Result<u64>
where
    F: Future<Output = io::Result<u64>> + 'static,
{
    let local = executor()?;
    let full = |_| io::Error::other("every slot of the executor holds a task");
    let tasks: io::Result<Vec<Task<_>>> =
        (0..count).map(|n| local.spawn(task(n)).map_err(full)).collect();
    let tasks = tasks?;
    block_on(local.run_until(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await?;
        }
        Ok(sum)
    }))
}
