//! Unix. Memory and threads are read from `/proc/self/status`, which only Linux has.

use futures_lite::StreamExt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::time::Duration;
use wakeful_reactor::signal::{SIGINT, SIGTERM, Signals};

/// CPU time of this process so far, in user and kernel code, over all its threads.
pub fn cpu_time() -> Option<Duration> {
    Some(clock(ClockId::ProcessCPUTime))
}

/// CPU time of this thread so far.
pub fn thread_cpu_time() -> Option<Duration> {
    Some(clock(ClockId::ThreadCPUTime))
}

fn clock(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory this process ever had in RAM, in KiB.
pub fn peak_memory_kib() -> Option<u64> {
    status("VmHWM:")
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

/// How many descriptors this process may have. Raises the limit as far as it may go.
pub fn descriptors() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = maximum;
    // A limit that cannot be raised stays what it is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX))
}

/// Ready when the user, or the system on its way down, asks the program to end.
pub async fn interrupted() -> io::Result<()> {
    Signals::new([SIGINT, SIGTERM])?.next().await;
    Ok(())
}
