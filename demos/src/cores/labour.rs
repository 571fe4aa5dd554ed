//! Work that stands for what a real server or crawler does with a request, and its sharing out.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What one round of work goes through.
static MATTER: [u8; 4_096] = [7; 4_096];

/// Does so many rounds.
pub fn work(rounds: u64) {
    for _ in 0..rounds {
        black_box(adler2::adler32_slice(black_box(&MATTER)));
    }
}

/// How many rounds take so long on this machine, by a short trial: the fastest of several, since
/// others may be using the machine.
pub fn rounds_for(time: Duration) -> u64 {
    const TRIAL: u64 = 500;
    let trial = || {
        let start = Instant::now();
        work(TRIAL);
        start.elapsed()
    };
    let fastest = (0..8).map(|_| trial()).min().unwrap_or_default();
    let rounds = TRIAL as f64 * time.as_secs_f64() / fastest.as_secs_f64().max(1e-9);
    (rounds as u64).max(1)
}

/// A whole in so many parts that differ by at most one.
pub fn shares(whole: u64, parts: u64) -> impl Iterator<Item = u64> {
    let parts = parts.max(1);
    (0..parts).map(move |part| whole / parts + u64::from(part < whole % parts))
}
