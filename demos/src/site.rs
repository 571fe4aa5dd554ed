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

//! The module is cut in two: [`answer`] turns a request into an [`Answer`] without touching a
//! socket, and the rest sends it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The sizes of the pages in bytes: page N has `SIZES[N % 10]`.
pub const SIZES: [usize; 10] = [
    1, 100, 1_500, 4_096, 4_097, 14_336, 14_336, 14_823, 45_661, 304_034,
];
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const LONGEST_HEAD: usize = 8_192;
const LONGEST_BODY: u64 = 1 << 20;
const LONGEST_DELAY_MS: u64 = 60_000;
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(20);

/// How many bytes page `n` has.
pub fn size_of_page(n: u64) -> usize {
    SIZES[(n % SIZES.len() as u64) as usize]
}

/// The first `size` bytes of the endless page `n`.
pub fn body_of_page(n: u64, size: usize) -> Vec<u8> {
    let start = (n % DIGITS.len() as u64) as usize;
    DIGITS
        .iter()
        .copied()
        .cycle()
        .skip(start)
        .take(size)
        .collect()
}

/// What the site says to one request, and how.
pub struct Answer {
    /// Think time before the first byte, where the request named one.
    pub delay: Option<Duration>,
    /// The status line and fields, with the empty line.
    pub head: String,
    /// The bytes after it, which may be fewer than the head promises.
    pub body: Vec<u8>,
    /// How they are sent.
    pub manner: Manner,
}

/// How an answer is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All at once, then the connection is closed.
    AtOnce,
    /// In eight pieces with a pause after each.
    InPieces,
    /// All at once, then the connection is reset.
    ThenReset,
    /// Not at all; the connection stays open until the client leaves.
    Never,
}

/// Counts of connections, for `/stats`.
#[derive(Default)]
pub struct Stats {
    now: AtomicU64,
    most: AtomicU64,
    served: AtomicU64,
}

impl Stats {
    fn opened(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
    }

    fn closed(&self) {
        self.now.fetch_sub(1, Ordering::Relaxed);
    }

    fn line(&self) -> String {
        let [now, most, served] =
            [&self.now, &self.most, &self.served].map(|count| count.load(Ordering::Relaxed));
        format!("now {now} most {most} served {served}\n")
    }
}

/// The answer to a request for `target` (path and query).
pub fn answer(target: &str, stats: &Stats) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let wishes = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("delay="));
    let delay = wishes.filter_map(|ms| ms.parse::<u64>().ok()).next_back();
    let mut parts = path.trim_matches('/').split('/');
    let kind = parts.next().unwrap_or_default();
    let n = parts
        .next()
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0);
    let page = || body_of_page(n, size_of_page(n));
    let full = size_of_page(n);
    let mut manner = Manner::AtOnce;
    let (code, length, extra, body) = match kind {
        "page" => (200, Some(full), String::new(), page()),
        "bytes" => {
            let size = n.min(LONGEST_BODY) as usize;
            (200, Some(size), String::new(), body_of_page(0, size))
        }
        "nolen" => (200, None, String::new(), page()),
        "slow" => {
            manner = Manner::InPieces;
            (200, Some(full), String::new(), page())
        }
        "reset" | "trunc" => {
            manner = if kind == "reset" {
                Manner::ThenReset
            } else {
                Manner::AtOnce
            };
            (200, Some(full), String::new(), body_of_page(n, full / 2))
        }
        "redirect" => (302, Some(0), format!("Location: /page/{n}\r\n"), Vec::new()),
        "status" => {
            let body = format!("status {n}\n").into_bytes();
            (n, Some(body.len()), String::new(), body)
        }
        "stats" => {
            let body = stats.line().into_bytes();
            (200, Some(body.len()), String::new(), body)
        }
        _ => {
            manner = if kind == "noreply" {
                Manner::Never
            } else {
                Manner::AtOnce
            };
            let body = b"no such page\n".to_vec();
            (404, Some(body.len()), String::new(), body)
        }
    };
    if !matches!(kind, "reset" | "trunc" | "noreply") {
        stats.served.fetch_add(1, Ordering::Relaxed);
    }
    let length = length.map_or(String::new(), |length| {
        format!("Content-Length: {length}\r\n")
    });
    let head = format!("HTTP/1.0 {code} {}\r\n{length}{extra}\r\n", reason(code));
    let delay = delay.map(|ms| Duration::from_millis(ms.min(LONGEST_DELAY_MS)));
    Answer {
        delay,
        head,
        body,
        manner,
    }
}

fn reason(code: u64) -> &'static str {
    match code {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        404 => "Not Found",
        500 => "Internal Server Error",
        503 => "Unavailable",
        _ => "Status",
    }
}

/// A running site; dropping it stops it.
pub struct Site {
    addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// Starts a site on a free port of 127.0.0.1, with a think time before each answer.
    pub fn start(think: Duration) -> io::Result<Site> {
        Site::start_on(0, think)
    }

    /// Starts a site on the given port of 127.0.0.1; 0 picks a free one.
    pub fn start_on(port: u16, think: Duration) -> io::Result<Site> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let addr = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = thread::Builder::new()
            .name("site".into())
            .spawn(move || accept(&listener, think, &seen))?;
        Ok(Site {
            addr,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The listener may be waiting: one more connection makes it look at the flag.
        let woken = TcpStream::connect(self.addr).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, think: Duration, stop: &AtomicBool) {
    let stats = Arc::new(Stats::default());
    for stream in listener.incoming() {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let stats = stats.clone();
        let serve = move || {
            stats.opened();
            let _ = serve(stream, think, &stats);
            stats.closed();
        };
        // A client whose thread cannot be had is let go; the site goes on.
        let _ = thread::Builder::new().stack_size(64 * 1024).spawn(serve);
    }
}

fn serve(mut stream: TcpStream, think: Duration, stats: &Stats) -> io::Result<()> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            count => head.extend_from_slice(&piece[..count]),
        }
        if head.len() > LONGEST_HEAD {
            return reset(stream);
        }
    }
    let answer = answer(target(&head), stats);
    thread::sleep(answer.delay.unwrap_or(think));
    if answer.manner == Manner::Never {
        while stream.read(&mut piece)? > 0 {}
        return Ok(());
    }
    let mut bytes = answer.head.into_bytes();
    if answer.manner == Manner::InPieces {
        stream.write_all(&bytes)?;
        for part in answer
            .body
            .chunks(answer.body.len().div_ceil(PIECES).max(1))
        {
            stream.write_all(part)?;
            thread::sleep(PAUSE);
        }
        return Ok(());
    }
    bytes.extend_from_slice(&answer.body);
    stream.write_all(&bytes)?;
    if answer.manner == Manner::ThenReset {
        thread::sleep(PAUSE);
        return reset(stream);
    }
    Ok(())
}

/// The second word of the request line.
fn target(head: &[u8]) -> &str {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    std::str::from_utf8(line)
        .ok()
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap_or("/")
}

/// Closes so that the client sees a reset: a linger time of zero makes the close abort the
/// connection.
fn reset(stream: TcpStream) -> io::Result<()> {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO))?;
    Ok(())
}
