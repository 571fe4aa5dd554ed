//! What a process costs, as the operating system counts it.
//!
//! The clock of CPU time is POSIX and counts every thread, ended ones too. Memory and threads are
//! read from `/proc/self/status`, which only Linux has; elsewhere they are `None`, and the tables
//! show a dash.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// CPU time of this process so far, in user and kernel code, over all its threads.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory this process ever had in RAM, in KiB.
pub fn peak_memory_kib() -> Option<u64> {
    status("VmHWM:")
}

/// The memory this process has in RAM now, in KiB.
pub fn memory_kib() -> Option<u64> {
    status("VmRSS:")
}

/// How many threads this process has now.
pub fn os_threads() -> Option<u64> {
    status("Threads:")
}

fn status(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(field))?;
    rest.split_whitespace().next()?.parse().ok()
}
