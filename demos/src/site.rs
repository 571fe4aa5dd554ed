//! The embedded site: a small web server for the crawlers of this program to crawl.
//!
//! It is made to be checked against and to misbehave on request. Every page's size and bytes follow
//! from its number, so a crawler can tell whether it received the right ones.
//!
//! ```text
//! /page/N       200, SIZES[N % 10] bytes         /slow/N     the same, in 8 pieces 20 ms apart
//! /bytes/N      200, exactly N bytes (<= 1 MiB)  /reset/N    half of /page/N, then a reset
//! /redirect/N   302, Location: /page/N           /trunc/N    all of its length, half the body
//! /status/CODE  that status, a short body        /noreply/N  accepts, reads, never answers
//! /nolen/N      /page/N without Content-Length (the end of the connection ends the body)
//! /stats        connections open now / most at once / served, as text
//! ```
//! Any path takes `?delay=MS`, which wins over the site's own think time. Byte i of page N is
//! `"0123456789abcdefghijklmnopqrstuvwxyz"[(i + N) % 36]`. It speaks HTTP/1.0, one request a
//! connection, and listens on loopback only.

//! It runs on wakeful itself: one thread, a task a connection. `answer` turns a request into an
//! `Answer` without touching a socket, and the rest sends it.

use answer::{Answer, Manner, Stats, answer};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt, future};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wakeful_executor::Executor;
use wakeful_executor::sync::Signal;
use wakeful_reactor::{Async, block_on, sleep};

mod answer;

pub use answer::{SIZES, body_of_page, size_of_page};

/// Connections at once; one more has to wait until another ends.
const CONNECTIONS: usize = 16_384;
/// Bytes of a connection's task; one that is larger does not compile.
const BYTES: usize = 768;
const LONGEST_HEAD: usize = 8_192;
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// A running site; dropping it stops it.
pub struct Site {
    addr: SocketAddr,
    stop: Arc<Signal<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// Starts a site on a free port of 127.0.0.1, with a think time before each answer.
    pub fn start(think: Duration) -> io::Result<Site> {
        Site::start_on(0, think)
    }

    /// Starts a site on the given port of 127.0.0.1; 0 picks a free one.
    pub fn start_on(port: u16, think: Duration) -> io::Result<Site> {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(addr).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen at {addr}: {error}"))
        })?;
        // The standard library asks for a short queue; thousands of clients that come at once would
        // be turned away, and come again seconds later.
        rustix::net::listen(&listener, CONNECTIONS as i32)?;
        let addr = listener.local_addr()?;
        let stop = Arc::new(Signal::new());
        let stopped = stop.clone();
        let run = move || {
            // Its end is told by the clients, which find nobody: the thread has nobody to tell.
            let _ = serve_all(listener, think, &stopped);
        };
        let thread = thread::Builder::new().name("site".into()).spawn(run)?;
        Ok(Site { addr, stop, thread: Some(thread) })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Only this sets it, so there is a cell for it.
        let _ = self.stop.set(());
        // Nobody is left to hear of a panic.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Accepts until told to stop; each connection is a task.
fn serve_all(listener: TcpListener, think: Duration, stop: &Signal<()>) -> io::Result<()> {
    let listener = Async::new(listener)?;
    let stats = Rc::new(Stats::default());
    // A program may have several sites, one after the other or at once, so this is no static. What
    // is leaked is address space: slots that are never used cost no memory.
    let local = Executor::<CONNECTIONS, BYTES>::leak()
        .take()
        .ok_or_else(|| io::Error::other("a new executor is taken once"))?;
    let accept = async {
        let mut incoming = listener.incoming();
        while let Some(stream) = incoming.next().await {
            // Out of descriptors: the stream of connections itself pauses before the next.
            let Ok(stream) = stream else { continue };
            // With every slot in use, the connection is closed unanswered.
            let _ = local.spawn_detached(connection(stream, think, stats.clone()));
        }
    };
    block_on(local.run_until(future::or(stop.wait(), accept)));
    local.clear();
    Ok(())
}

async fn connection(stream: Async<TcpStream>, think: Duration, stats: Rc<Stats>) {
    stats.opened();
    // A client that leaves early is its own loss.
    let _ = serve(&stream, think, &stats).await;
    stats.closed();
}

async fn serve(mut stream: &Async<TcpStream>, think: Duration, stats: &Stats) -> io::Result<()> {
    let Some(Answer { delay, mut bytes, head, manner }) = ask(stream, stats).await? else {
        return reset(stream);
    };
    sleep(delay.unwrap_or(think)).await;
    match manner {
        Manner::AtOnce => stream.write_all(&bytes).await,
        Manner::Never => {
            while stream.read(&mut [0; 64]).await? > 0 {}
            Ok(())
        }
        Manner::InPieces => {
            let body = bytes.split_off(head);
            stream.write_all(&bytes).await?;
            for part in body.chunks(body.len().div_ceil(PIECES).max(1)) {
                stream.write_all(part).await?;
                sleep(PAUSE).await;
            }
            Ok(())
        }
        Manner::ThenReset => {
            stream.write_all(&bytes).await?;
            sleep(PAUSE).await;
            reset(stream)
        }
    }
}

/// Reads the request and gives the answer; `None` if the request is too long or none came.
async fn ask(mut stream: &Async<TcpStream>, stats: &Stats) -> io::Result<Option<Answer>> {
    let (mut head, mut length) = (vec![0; 1_024], 0);
    while !head[..length].windows(4).any(|four| four == b"\r\n\r\n") {
        if length > LONGEST_HEAD {
            return Ok(None);
        }
        if length == head.len() {
            head.resize(2 * length, 0);
        }
        match stream.read(&mut head[length..]).await? {
            0 => return Ok(None),
            count => length += count,
        }
    }
    // The second word of the request line.
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let target = std::str::from_utf8(line).ok().and_then(|line| line.split_whitespace().nth(1));
    Ok(Some(answer(target.unwrap_or("/"), stats)))
}

/// Makes the close, which follows, reset the connection: a linger time of zero does.
fn reset(stream: &Async<TcpStream>) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO))?)
}
