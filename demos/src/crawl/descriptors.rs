//! File descriptors, of which a process has only so many.

use std::io;

/// True when a connection failed because this process or the whole system has no descriptor left.
pub fn are_out(error: &io::Error) -> bool {
    let code = wakeful_reactor::os_code(error).map(rustix::io::Errno::from_raw_os_error);
    matches!(
        code,
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    )
}
