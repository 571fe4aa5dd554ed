//! The only files that know the operating system.
//!
//! `unix.rs` and `windows.rs` say what a source is there and how sockets are made. `epoll.rs` and
//! `polling.rs` wait for events; both have the same interface.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(wakeful_portable_wait, polling_test_poll_backend))
))]
#[path = "epoll.rs"]
mod wait;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(any(wakeful_portable_wait, polling_test_poll_backend))
)))]
#[path = "polling.rs"]
mod wait;

pub(crate) use os::*;
pub(crate) use wait::*;

/// How many connections may wait for their accept: what the system allows, at most this many. std
/// asks for 128, which a crowd that comes at once overruns.
pub(crate) const BACKLOG: i32 = 4096;
