//! Other systems, Windows among them, where the standard library tells none of what `unix.rs` does;
//! the system itself ends a program that is interrupted.

use std::io;
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

pub fn os_threads() -> Option<u64> {
    None
}

/// How many descriptors this process may have: there is no limit to be asked for.
pub fn descriptors() -> usize {
    usize::MAX
}

pub async fn interrupted() -> io::Result<()> {
    std::future::pending().await
}
