//! Other systems, Windows among them: what the standard library tells, which is none of this.

use std::io;
use std::time::Duration;

/// CPU time of this process so far.
pub fn cpu_time() -> Option<Duration> {
    None
}

/// CPU time of this thread so far.
pub fn thread_cpu_time() -> Option<Duration> {
    None
}

/// The most memory this process ever had in RAM, in KiB.
pub fn peak_memory_kib() -> Option<u64> {
    None
}

/// The memory this process has in RAM now, in KiB.
pub fn memory_kib() -> Option<u64> {
    None
}

/// How many threads this process has now.
pub fn os_threads() -> Option<u64> {
    None
}

/// How many descriptors this process may have: there is no limit to be asked for.
pub fn descriptors() -> usize {
    usize::MAX
}

/// True when an operation failed because this process has no descriptor left.
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    let code = wakeful_reactor::os_code(error).map(rustix::io::Errno::from_raw_os_error);
    code == Some(rustix::io::Errno::MFILE)
}

/// Never ready: the system ends the program at once.
///
/// # Cancellation
/// Nothing is lost.
pub async fn interrupted() -> io::Result<()> {
    std::future::pending().await
}
