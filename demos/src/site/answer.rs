//! What the site says: a request's path becomes an [`Answer`], without touching a socket.

use std::cell::Cell;
use std::time::Duration;

/// The sizes of the pages in bytes: page N has `SIZES[N % 10]`.
pub const SIZES: [usize; 10] =
    [1, 100, 1_500, 4_096, 4_097, 14_336, 14_336, 14_823, 45_661, 304_034];
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const LONGEST_BODY: u64 = 1 << 20;
const LONGEST_DELAY_MS: u64 = 60_000;

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
    /// The head, so long, and the body, which may be shorter than the head promises.
    pub bytes: Vec<u8>,
    pub head: usize,
    pub manner: Manner,
}

/// How an answer is sent.
pub enum Manner {
    AtOnce,
    /// The body in eight pieces with a pause after each.
    InPieces,
    /// All at once, then the connection is reset.
    ThenReset,
    /// Not at all; the connection stays open until the client leaves.
    Never,
}

/// Counts of connections, for `/stats`.
#[derive(Default)]
pub struct Stats {
    now: Cell<u64>,
    most: Cell<u64>,
    served: Cell<u64>,
}

impl Stats {
    pub(super) fn opened(&self) {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
    }

    pub(super) fn closed(&self) {
        self.now.set(self.now.get() - 1);
    }
}

/// The answer to a request for `target` (path and query).
pub fn answer(target: &str, stats: &Stats) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut wishes = query.split('&').filter_map(|pair| pair.strip_prefix("delay=")?.parse().ok());
    let delay = wishes.next_back().map(|ms: u64| Duration::from_millis(ms.min(LONGEST_DELAY_MS)));
    let mut parts = path.trim_matches('/').split('/');
    let kind = parts.next().unwrap_or_default();
    let n = parts.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let full = size_of_page(n);
    let mut location = String::new();
    // The status, the length that is announced if it is not the body's, and the body.
    let (code, length, body) = match kind {
        "page" | "slow" | "nolen" => (200, None, body_of_page(n, full)),
        "bytes" => (200, None, body_of_page(0, n.min(LONGEST_BODY) as usize)),
        "reset" | "trunc" => (200, Some(full), body_of_page(n, full / 2)),
        "redirect" => {
            location = format!("Location: /page/{n}\r\n");
            (302, None, Vec::new())
        }
        "status" => (n, None, format!("status {n}\n").into_bytes()),
        "stats" => {
            let [now, most, served] = [&stats.now, &stats.most, &stats.served].map(Cell::get);
            (200, None, format!("now {now} most {most} served {served}\n").into_bytes())
        }
        _ => (404, None, b"no such page\n".to_vec()),
    };
    let manner = match kind {
        "slow" => Manner::InPieces,
        "reset" => Manner::ThenReset,
        "noreply" => Manner::Never,
        _ => Manner::AtOnce,
    };
    if !matches!(kind, "reset" | "trunc" | "noreply") {
        stats.served.set(stats.served.get() + 1);
    }
    let reason = match code {
        200 => "OK",
        302 => "Found",
        404 => "Not Found",
        _ => "Status",
    };
    let length = match kind {
        "nolen" => String::new(),
        _ => format!("Content-Length: {}\r\n", length.unwrap_or(body.len())),
    };
    let mut bytes = format!("HTTP/1.0 {code} {reason}\r\n{length}{location}\r\n").into_bytes();
    let head = bytes.len();
    bytes.extend(body);
    Answer { delay, bytes, head, manner }
}
