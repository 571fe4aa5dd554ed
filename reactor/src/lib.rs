//! The operating system's events as futures, on one thread: async-io's API without a helper thread
//! and without locks.
//!
//! ```
//! use std::io::Write;
//! use std::net::{TcpListener, TcpStream};
//! use std::time::Duration;
//! use wakeful_reactor::{Async, block_on, timeout};
//!
//! block_on(async {
//!     let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
//!     let address = listener.get_ref().local_addr()?;
//!     let client = Async::<TcpStream>::connect(address).await?;
//!     let (_server, peer) = timeout(Duration::from_secs(5), listener.accept()).await??;
//!     assert_eq!(peer, client.get_ref().local_addr()?);
//!     client.write_with(|mut stream| stream.write(b"hello")).await
//! })?;
//! # std::io::Result::Ok(())
//! ```
//!
//! [`block_on`] runs any future, an executor's run among them, and this thread's I/O and timers
//! meanwhile. [`Async`] makes a future of a socket, a pipe or another descriptor, [`Timer`] of a
//! moment. Beside them: [`timeout`], [`resolve()`], [`unblock`] and [`ThreadPool`] for what blocks,
//! `process` and `signal`, a [`Clock`] that is virtual in tests, and [`Metrics`].
//!
//! # Promises
//!
//! Each has a test in the repository's `tests/tests/reactor` that fails when it is broken.
//!
//! 1. There is no helper thread: nothing runs unless somebody is inside `block_on`. Handles are not
//!    `Send`; what that removes is the hand-off between threads and its races.
//! 2. Wakers work from any thread. A wake from the reactor's own thread costs no system call; of
//!    all wakes from elsewhere during one sleep, one does.
//! 3. A source is registered once, for both directions. Readiness is kept with the source, never in
//!    a future, so a future that is dropped loses nothing.
//! 4. A turn expires timers, computes its timeout, waits, looks at the clock again, collects the
//!    wakers, lets go of everything, and only then wakes. I/O cannot starve timers, nor timers I/O,
//!    nor a future that keeps waking itself either of them; a source that is always ready, and a
//!    timer that is always due, give way after 128 operations.
//! 5. Each direction has one poll slot, whose waker the next poll replaces silently, and any number
//!    of waiters by [`Async::readable`], [`Async::writable`] and what is built on them. Two tasks
//!    may use the two directions at once.
//! 6. Errors say what was being done. [`incoming`](Async::<std::net::TcpListener>::incoming)
//!    outlasts a shortage of descriptors; a forked child is told that it is one; regular files are
//!    refused with a hint to [`unblock`].
//! 7. Timers have nanoseconds, fire in the order of their deadlines and on ties in the order of
//!    arming, saturate instead of overflowing, and cost O(log n) to fire and, on average, O(1) to
//!    cancel; a million at once are fine.
//!
//! # For those who come from async-io
//!
//! Names and signatures are async-io's, and its integration tests pass, but for the one that sets a
//! timer from another thread. What differs:
//!
//! | | async-io 2 | here |
//! |---|---|---|
//! | who runs the reactor | a thread of its own, and every `block_on` | this thread's `block_on` |
//! | handles and timers | `Send`, `Sync` | stay on their thread; move by [`Async::into_inner`] |
//! | futures outside `async_io::block_on` | make progress by the helper thread | are pending |
//! | registration | one `epoll_ctl` for each wait | one for each source |
//! | calls for a request to a sleeping server | 10 | 3 |
//! | replaced waker in `poll_readable` | is woken | is left alone |
//! | `readable`, when data is there already | waits for a turn | is ready after one look |
//! | `accept`, when out of descriptors | an error, again and again | `incoming` pauses |
//! | errors of bind, connect, accept | the system's | with what was being done; [`os_code`] |
//! | Unix `connect` to a full listener | fails | tries again |
//!
//! # How readiness works
//!
//! The system is asked to tell of changes, not of states: once when a socket becomes readable, and
//! not again until it has been read empty and becomes readable anew (edge-triggered). That makes
//! the one registration enough, and it makes it a duty to remember what was told. So each source
//! keeps a flag for each direction. It goes up with the event and comes down only when an operation
//! has found that it would block; at first it is up, as a guess.
//!
//! An operation that is to come after the flag came down waits without asking. One that is to come
//! while it is up is tried. So a server that reads until nothing is left makes, for each request, a
//! read, a write and a read that fails. The last can be saved: a TCP stream that gave less than the
//! buffer holds is empty, and the flag comes down at once. It is empty, but it may have ended: if
//! the end had been told together with the data, no further event would come, and waiting for it
//! would be for ever. On Linux the end is told by a flag of its own (`EPOLLRDHUP`); once it is
//! seen, or a hang-up, an error, or urgent data, behind which a read stops short too, short reads
//! prove nothing any more. On other systems, and for other sources than TCP, they never do.
//!
//! Three more calls are saved there. An event that tells of nothing but room says that a connect
//! succeeded, and nobody asks. A short read after the end was told, and nothing else, took all that
//! will ever be there, so `AsyncRead` gives the end without asking. And a close deregisters. The
//! last two hold only while nobody else can have used or duplicated the stream: one that was made
//! here, by `connect` or `accept`, and whose handle was never lent out, by
//! [`get_ref`](Async::get_ref), [`read_with`](Async::read_with) and the like. A page fetched over a
//! connection of its own costs six calls: socket, connect, registration, send, receive, close.
//!
//! Whoever reads by [`get_ref`](Async::get_ref) never tells the reactor that it would block. So
//! `readable`, `writable` and their `poll_` forms do not trust a flag that is only remembered: they
//! ask the system, one `poll` without waiting.
//!
//! # A source of your own
//!
//! Anything with a descriptor that the system can wait for is a source: put it into [`Async`], and
//! wrap [`read_with`](Async::read_with) around the call that may block. As an example a pipe as a
//! doorbell:
//!
//! ```
//! # #[cfg(unix)] {
//! use std::io::{PipeReader, Read, Result, Write};
//! use wakeful_reactor::{Async, block_on};
//!
//! /// Rung from any thread, by a byte.
//! struct Doorbell(Async<PipeReader>);
//!
//! impl Doorbell {
//!     async fn rung(&self) -> Result<usize> {
//!         let mut rings = [0; 64];
//!         self.0.read_with(|mut pipe| pipe.read(&mut rings)).await
//!     }
//! }
//!
//! let (reader, mut button) = std::io::pipe()?;
//! let doorbell = Doorbell(Async::new(reader)?);
//! button.write_all(b"..")?;
//! assert_eq!(block_on(doorbell.rung())?, 2);
//! # }
//! # std::io::Result::Ok(())
//! ```
//!
//! The closure must not block, and must pass [`WouldBlock`](std::io::ErrorKind::WouldBlock) on when
//! there is nothing to do; everything else ends the wait. It may take as much as it likes. If the
//! type implements [`Read`](std::io::Read) or [`Write`](std::io::Write), by reference or with
//! [`IoSafe`], `Async` implements futures-io's traits for it.
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
//! Linux has to be 5.11 or newer (2021), whose wait takes nanoseconds. `--cfg
//! wakeful_portable_wait` chooses the wait of the other systems there too; it is how that one is
//! tested.
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
mod side;
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
