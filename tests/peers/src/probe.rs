//! What a measurement reads: clocks, memory, and the counters of another process.
//!
//! CPU time is the figure that survives a busy machine best, so every workload reports it; wall
//! time stands beside it. A [`Mark`] is taken at the first and at the last step of the measured
//! part, so that building the tasks and tearing them down stays outside.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// One instant on both clocks. The CPU clock is the process's, so a helper thread is paid for by
/// the backend that started it.
#[derive(Clone, Copy)]
pub struct Mark {
    pub wall: Instant,
    cpu: Duration,
}

/// What passed between two marks.
#[derive(Clone, Copy)]
pub struct Span {
    pub wall: Duration,
    pub cpu: Duration,
}

impl Mark {
    pub fn now() -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let nanos = u32::try_from(cpu.tv_nsec).unwrap_or(0);
        Self {
            wall: Instant::now(),
            cpu: Duration::new(u64::try_from(cpu.tv_sec).unwrap_or(0), nanos),
        }
    }

    pub fn since(self, earlier: Self) -> Span {
        Span {
            wall: self.wall.saturating_duration_since(earlier.wall),
            cpu: self.cpu.saturating_sub(earlier.cpu),
        }
    }
}

/// Bytes of this process that are in memory now.
pub fn resident_bytes() -> u64 {
    resident_bytes_of(std::process::id()).unwrap_or(0)
}

/// Bytes of process `pid` that are in memory now, read page by page (`smaps_rollup`): the cheaper
/// `statm` lags behind by up to 64 pages a thread.
pub fn resident_bytes_of(pid: u32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let kibibytes = text
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .ok_or_else(|| io::Error::other("smaps_rollup names no Rss"))?;
    Ok(kibibytes * 1024)
}

/// CPU time of every thread of process `pid`, in nanoseconds. The scheduler brings it up to date
/// when a thread leaves the processor, so read it while the process sleeps.
pub fn cpu_ns_of(pid: u32) -> io::Result<u64> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let spent = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
        total += spent.ok_or_else(|| io::Error::other("schedstat is not a number"))?;
    }
    Ok(total)
}
