//! File descriptors, of which a process has only so many.

use std::io;

/// Descriptors that are left for what is no connection: the reactor's own, files that are written,
/// and the resolver's.
const RESERVE: usize = 16;

/// How many connections there can be at once. Raises the process's limit as far as it may go.
#[cfg(unix)]
pub fn for_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    // A limit that cannot be raised stays what it is.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
    let limit = getrlimit(Resource::Nofile).current;
    // The system's folder of them, where it has one; reading it takes another.
    let open = std::fs::read_dir("/dev/fd").map_or(RESERVE, Iterator::count);
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    limit.saturating_sub(open + RESERVE).clamp(1, 1 << 20)
}

/// How many connections there can be at once: the system has no limit of its own.
#[cfg(not(unix))]
pub fn for_connections() -> usize {
    1 << 20
}

/// True when a connection failed because this process or the whole system has no descriptor left.
pub fn are_out(error: &io::Error) -> bool {
    let code = wakeful_reactor::os_code(error).map(rustix::io::Errno::from_raw_os_error);
    matches!(
        code,
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    )
}
