//! The operating system's events as futures, on one thread: async-io's API without a helper thread
//! and without locks.
//!
//! # Where it runs
//!
//! What a system lacks is not there when compiling for it; nothing fails for it at run time.
//!
//! | | Linux, Android | macOS, BSDs | Windows |
//! |---|---|---|---|
//! | [`Async`] of | any descriptor but a file | any descriptor but a file | sockets only |
//! | TCP, UDP, timers, [`resolve()`], [`unblock`], [`ThreadPool`] | yes | yes | yes |
//! | Unix sockets | also abstract names | yes | absent |
//! | `signal`, `process` | yes; pidfd | yes; SIGCHLD | absent |
//! | one system call a wait | yes | kqueue, by `polling` | IOCP, by `polling` |
//!
//! The suite runs on Linux; the other systems are type-checked (`.ci/check-portability.sh`).

#![deny(missing_docs)]
#![deny(unsafe_code)]
#![deny(
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

// From the system up to the futures.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[path = "accept_flags.rs"]
mod accept;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
#[path = "accept_plain.rs"]
mod accept;
mod atomic;
mod clock;
mod error;
mod flag;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "fork_page.rs"]
mod fork;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "fork_pid.rs"]
mod fork;
mod heap;
mod metrics;
#[cfg(unix)]
#[path = "os_unix.rs"]
mod os;
#[cfg(windows)]
#[path = "os_windows.rs"]
mod os;
mod source;
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(wakeful_portable_wait),
    not(polling_test_poll_backend)
))]
#[path = "wait_epoll.rs"]
mod wait;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(wakeful_portable_wait),
    not(polling_test_poll_backend)
)))]
#[path = "wait_portable.rs"]
mod wait;

mod reactor;

mod block_on;
mod connect;
mod handle;
#[cfg(unix)]
mod handle_unix;
#[cfg(windows)]
mod handle_windows;
mod incoming;
mod io_traits;
mod operate;
mod ready;
mod tcp;
mod timeout;
mod timer;
mod udp;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_socket;

// Beside the reactor: work on other threads.
mod pool;
mod resolve;

// The process's own affairs, on Unix.
#[cfg(unix)]
pub mod process;
#[cfg(unix)]
pub mod signal;

pub use block_on::block_on;
pub use clock::{Clock, Hold, VirtualClock};
pub use error::os_code;
pub use handle::Async;
pub use incoming::Incoming;
pub use io_traits::IoSafe;
pub use metrics::Metrics;
pub use pool::{Job, Panicked, Refused, ThreadPool, Unblock, unblock};
pub use ready::{Readable, ReadableOwned, Writable, WritableOwned};
pub use resolve::resolve;
pub use timeout::{TimedOut, Timeout, timeout};
pub use timer::{Timer, sleep};
