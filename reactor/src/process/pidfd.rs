//! Descriptors of processes, which Linux has since 5.3.

use std::{io, os::fd::OwnedFd};

/// A descriptor that is readable when the process has ended; `None` where the kernel has no such
/// thing, or a sandbox forbids it.
#[cfg(target_os = "linux")]
pub(super) fn open(pid: u32) -> io::Result<Option<OwnedFd>> {
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Ok(None);
    };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(descriptor) => Ok(Some(descriptor)),
        // SRCH: somebody else in this program has reaped the child; the next look says so.
        Err(Errno::NOSYS | Errno::PERM | Errno::SRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// There are none here: the end of a child is learnt by SIGCHLD.
#[cfg(not(target_os = "linux"))]
pub(super) fn open(_pid: u32) -> io::Result<Option<OwnedFd>> {
    Ok(None)
}
