//! What each process of the measurement does: echo servers, their clients, crawlers. A worker is a
//! thread with an executor and a reactor of its own; what is told is one line.

use super::{Kind, PartOptions};
use crate::crawl::fetch::fetch;
use crate::part::{end_with_starter, say};
use crate::site::size_of_page;
use crate::system;
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use rustix::net::{AddressFamily, SocketType, bind, ipproto, listen, socket, sockopt};
use std::hint::black_box;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
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

/// Work that stands for what a real server or crawler does with a request: so much CPU time.
fn work(time: Duration) {
    let clock = || system::thread_cpu_time().unwrap_or_default();
    let end = clock() + time;
    while clock() < end {
        black_box(adler2::adler32_slice(black_box(&[7; 4_096])));
    }
}

/// Runs one part, and ends with the measurement however that ends.
pub fn run(options: &PartOptions) -> io::Result<()> {
    end_with_starter();
    let PartOptions { kind, at, amount, threads, work_us } = *options;
    let time = Duration::from_micros(work_us);
    match kind {
        Kind::Echo => {
            let listeners: io::Result<Vec<_>> = (0..threads).map(|_| listening(at)).collect();
            let listeners = listeners?;
            say(at)?;
            on_threads(listeners, |listener| serve(listener, time)).map(drop)
        }
        Kind::Clients => {
            let until = Instant::now() + Duration::from_millis(amount);
            say(together((0..CLIENTS).map(|_| client(at, until)))?)
        }
        Kind::Crawl => say(on_threads(shares(amount, threads), |share| {
            together(shares(share, PAGES).map(|pages| crawler(at, pages, time)))
        })?),
    }
}

/// A whole in so many parts that differ by at most one.
pub fn shares(whole: u64, parts: u64) -> impl Iterator<Item = u64> {
    (0..parts).map(move |part| whole / parts + u64::from(part < whole % parts))
}

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

/// Keeps a port for all who listen at it; port 0 finds a free one.
pub fn held(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP))?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &at)?;
    Ok(TcpListener::from(socket))
}

fn listening(at: SocketAddr) -> io::Result<TcpListener> {
    let listener = held(at)?;
    listen(&listener, SLOTS as i32)?;
    Ok(listener)
}

/// Serves until the process is ended.
fn serve(listener: TcpListener, time: Duration) -> io::Result<u64> {
    let local = executor()?;
    let listener = Async::new(listener)?;
    block_on(local.run_until(async {
        let mut incoming = listener.incoming();
        while let Some(stream) = incoming.next().await {
            let Ok(stream) = stream else { continue };
            // With every slot in use, the connection is closed.
            let _ = local.spawn_detached(answer(stream, time));
        }
    }));
    Ok(0)
}

async fn answer(mut stream: Async<TcpStream>, time: Duration) {
    let mut request = [0; REQUEST];
    while stream.read_exact(&mut request).await.is_ok() {
        work(time);
        if stream.write_all(&request).await.is_err() {
            return;
        }
    }
}

/// Asks until then; how many answers came.
async fn client(at: SocketAddr, until: Instant) -> io::Result<u64> {
    let mut stream = Async::<TcpStream>::connect(at).await?;
    let (mut answer, mut answers) = ([0; REQUEST], 0);
    while Instant::now() < until {
        stream.write_all(&[b'?'; REQUEST]).await?;
        stream.read_exact(&mut answer).await?;
        answers += 1;
    }
    Ok(answers)
}

/// Fetches so many pages; how many came right.
async fn crawler(at: SocketAddr, pages: u64, time: Duration) -> io::Result<u64> {
    let mut right = 0;
    for _ in 0..pages {
        let page = fetch(at, format!("/page/{PAGE}")).await;
        work(time);
        let came = page.is_ok_and(|page| page.body.len() == size_of_page(PAGE));
        right += u64::from(came);
    }
    Ok(right)
}

/// Runs tasks on this thread; the sum of what they did.
fn together<F>(tasks: impl Iterator<Item = F>) -> io::Result<u64>
where
    F: Future<Output = io::Result<u64>> + 'static,
{
    let local = executor()?;
    let full = |_| io::Error::other("every slot of the executor holds a task");
    let tasks: io::Result<Vec<Task<_>>> =
        tasks.map(|task| local.spawn(task).map_err(full)).collect();
    let tasks = tasks?;
    block_on(local.run_until(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await?;
        }
        Ok(sum)
    }))
}
