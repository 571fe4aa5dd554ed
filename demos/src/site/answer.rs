//! What the site says: a request's path becomes an [`Answer`], without touching a socket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The sizes of the pages in bytes: page N has `SIZES[N % 10]`.
pub const SIZES: [usize; 10] =
    [1, 100, 1_500, 4_096, 4_097, 14_336, 14_336, 14_823, 45_661, 304_034];
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const LONGEST_BODY: u64 = 1 << 20;
const LONGEST_DELAY_MS: u64 = 60_000;

/// How many bytes page `n` has.
pub fn size_of_page(n: u64) -> usize {
    SIZES[(n % SIZES.len() as u64) as usize]
}

/// The first `size` bytes of the endless page `n`.
pub fn body_of_page(n: u64, size: usize) -> Vec<u8> {
    let start = (n % DIGITS.len() as u64) as usize;
    DIGITS.iter().copied().cycle().skip(start).take(size).collect()
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
    pub(super) fn opened(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
    }

    pub(super) fn closed(&self) {
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
    let wishes = query.split('&').filter_map(|pair| pair.strip_prefix("delay="));
    let delay = wishes.filter_map(|ms| ms.parse::<u64>().ok()).next_back();
    let mut parts = path.trim_matches('/').split('/');
    let kind = parts.next().unwrap_or_default();
    let n = parts.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let (code, length, extra, body) = content(kind, n, stats);
    let manner = match kind {
        "slow" => Manner::InPieces,
        "reset" => Manner::ThenReset,
        "noreply" => Manner::Never,
        _ => Manner::AtOnce,
    };
    if !matches!(kind, "reset" | "trunc" | "noreply") {
        stats.served.fetch_add(1, Ordering::Relaxed);
    }
    let length = length.map_or(String::new(), |length| format!("Content-Length: {length}\r\n"));
    let head = format!("HTTP/1.0 {code} {}\r\n{length}{extra}\r\n", reason(code));
    let delay = delay.map(|ms| Duration::from_millis(ms.min(LONGEST_DELAY_MS)));
    Answer { delay, head, body, manner }
}

/// The status, the length that is announced, other fields, and the body.
fn content(kind: &str, n: u64, stats: &Stats) -> (u64, Option<usize>, String, Vec<u8>) {
    let full = size_of_page(n);
    let whole = |code, body: Vec<u8>| (code, Some(body.len()), String::new(), body);
    match kind {
        "page" | "slow" => whole(200, body_of_page(n, full)),
        "bytes" => whole(200, body_of_page(0, n.min(LONGEST_BODY) as usize)),
        "nolen" => (200, None, String::new(), body_of_page(n, full)),
        "reset" | "trunc" => (200, Some(full), String::new(), body_of_page(n, full / 2)),
        "redirect" => (302, Some(0), format!("Location: /page/{n}\r\n"), Vec::new()),
        "status" => whole(n, format!("status {n}\n").into_bytes()),
        "stats" => whole(200, stats.line().into_bytes()),
        _ => whole(404, b"no such page\n".to_vec()),
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
