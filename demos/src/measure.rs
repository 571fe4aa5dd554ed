//! What a process costs, as the operating system counts it: one small module a system.
//!
//! What a system does not tell is `None`, and the tables show a dash.

pub use system::{cpu_time, memory_kib, os_threads, peak_memory_kib, thread_cpu_time};

#[cfg(unix)]
mod system {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

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

    /// The most memory this process ever had in RAM, in KiB (Linux).
    pub fn peak_memory_kib() -> Option<u64> {
        status("VmHWM:")
    }

    /// The memory this process has in RAM now, in KiB (Linux).
    pub fn memory_kib() -> Option<u64> {
        status("VmRSS:")
    }

    /// How many threads this process has now (Linux).
    pub fn os_threads() -> Option<u64> {
        status("Threads:")
    }

    fn status(field: &str) -> Option<u64> {
        let text = std::fs::read_to_string("/proc/self/status").ok()?;
        let rest = text.lines().find_map(|line| line.strip_prefix(field))?;
        rest.split_whitespace().next()?.parse().ok()
    }
}

/// Windows tells all of this, but by no function of the standard library.
#[cfg(not(unix))]
mod system {
    use std::time::Duration;

    pub fn cpu_time() -> Option<Duration> {
        None
    }

    pub fn thread_cpu_time() -> Option<Duration> {
        None
    }

    pub fn peak_memory_kib() -> Option<u64> {
        None
    }

    pub fn memory_kib() -> Option<u64> {
        None
    }

    pub fn os_threads() -> Option<u64> {
        None
    }
}
