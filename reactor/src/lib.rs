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
//! moment, [`timeout`] bounds a future, and [`Metrics`] counts. The rest is behind features, none
//! of which is on by default:
//!
//! | feature | what it adds |
//! |---|---|
//! | `pool` | `unblock` and `ThreadPool`, for closures that block; `resolve`, host names to addresses |
//! | `process` | child processes (Unix) |
//! | `signal` | the process's signals as a stream (Unix) |
//! | `test-util` | `Clock::virtual_time`: time that jumps to the next timer |
//! | `full` | all of them |
//!
//! # Promises
//!
//! Each has tests in the repository named `promise_1_...` to `promise_9_...` that fail when it is
//! broken.
//!
//! 1. There is no helper thread: nothing runs unless somebody is inside [`block_on`]. A future that
//!    has to wait anywhere else panics and says so, since nobody would ever wake it. Handles are
//!    not `Send`, so there is no hand-off between threads, and no race in one.
//! 2. Wakers work from any thread. A wake from the reactor's own thread costs no system call; of
//!    all wakes from other threads during one sleep, only the first costs one.
//! 3. A source is registered once, for both directions. Readiness is kept with the source, never in
//!    a future, so a future that is dropped loses nothing.
//! 4. A turn fires timers, computes its timeout, waits, looks at the clock again, collects the
//!    wakers, releases every borrow, and only then wakes. I/O cannot starve timers, nor timers I/O,
//!    and a future that keeps waking itself starves neither. A source that is always ready, and a
//!    timer that is always due, give way after 128 operations.
//! 5. The `poll_` methods keep one waker for each direction, the **poll slot**: the next poll
//!    replaces it, and the task that it replaces is not woken. Any number of tasks may wait by
//!    [`Async::readable`], [`Async::writable`] and what is built on them. Two tasks may use the two
//!    directions at once.
//! 6. Errors say what was being done. [`incoming`](Async::<std::net::TcpListener>::incoming)
//!    outlasts a shortage of descriptors; a forked child gets an error that says that it is one;
//!    regular files are refused with a hint to `unblock`.
//! 7. Timers have nanoseconds, fire in the order of their deadlines and on ties in the order of
//!    arming, saturate instead of overflowing, and cost O(log n) to fire and, on average, O(1) to
//!    cancel; a million at once are fine. A timer is as late as a short sleep of the system,
//!    whatever its length.
//! 8. On Linux a wake from another thread costs the sleeping thread one system call, the return of
//!    its wait, and the waking thread one write.
//! 9. Dropping an [`Async`] wakes every task that waits for it.
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
//! | futures outside `async_io::block_on` | make progress by the helper thread | panic when they have to wait |
//! | registration | one `epoll_ctl` for each wait | one for each source |
//! | calls for a request to a sleeping server | 10 | 3 |
//! | replaced waker in `poll_readable` | is woken | is left alone |
//! | an operation that would have blocked | is tried again at any time | is not tried again before an event, which comes with the next turn |
//! | `readable`, when data is there already | waits for a turn | is ready after one look |
//! | `accept`, when out of descriptors | an error, again and again | `incoming` pauses |
//! | errors of bind, connect, accept | the system's | with what was being done; [`os_code`] |
//! | Unix `connect` to a full listener | fails | tries again |
//! | a signal that comes twice before it is taken | (async-signal) may be given twice | is given once |
//!
//! # How readiness works
//!
//! The system is asked to report changes, not states: once when a socket becomes readable, and not
//! again until it has been read empty and becomes readable anew (edge-triggered). So one
//! registration is enough, but every report must be remembered. For each source and direction the
//! reactor remembers whether an operation may succeed. It may after an event, and until an
//! operation has found that it would block; a new source may too, as a guess.
//!
//! An operation on a source that is known to block waits without asking the system. Otherwise it is
//! tried. So a server that reads until nothing is left makes, for each request, a read, a write and
//! a read that fails. The read that fails can be saved: when a read of a TCP stream returns less
//! than the buffer holds, the stream is empty, and the next read waits at once. But a stream that
//! is empty may have ended. If its end was reported together with the data, no further event comes,
//! and waiting for one would hang. On Linux the end is reported by a flag of its own
//! (`EPOLLRDHUP`). Once it is seen, or a hang-up, an error, or urgent data, at which a read stops
//! short too, short reads prove nothing. On other systems, and for other sources than TCP streams,
//! they never do. (A TCP stream with TLS in the kernel reads record by record, so its short reads
//! prove nothing either: register it by [`Async::new`], which expects that.)
//!
//! A read by [`get_ref`](Async::get_ref) never reports to the reactor that it would block. So
//! `readable`, `writable` and their `poll_` forms do not trust what is only remembered: they ask
//! the system, by one `poll` without waiting.
//!
//! # A source of your own
//!
//! Anything with a descriptor that the system can wait for is a source: put it into [`Async`], and
//! wrap [`read_with`](Async::read_with) around the call that may block. As an example a pipe by
//! which other threads count something up:
//!
//! ```
//! # #[cfg(unix)] {
//! use std::io::{PipeReader, Read, Result, Write};
//! use wakeful_reactor::{Async, block_on};
//!
//! /// Counted up from any thread, by a byte.
//! struct Counted(Async<PipeReader>);
//!
//! impl Counted {
//!     async fn more(&self) -> Result<usize> {
//!         let mut bytes = [0; 64];
//!         self.0.read_with(|mut pipe| pipe.read(&mut bytes)).await
//!     }
//! }
//!
//! let (reader, mut writer) = std::io::pipe()?;
//! let counted = Counted(Async::new(reader)?);
//! writer.write_all(b"..")?;
//! assert_eq!(block_on(counted.more())?, 2);
//! # }
//! # std::io::Result::Ok(())
//! ```
//!
//! The closure must not block, and must pass [`WouldBlock`](std::io::ErrorKind::WouldBlock) on when
//! there is nothing to do; everything else ends the wait. It may take as much as it likes. If the
//! type implements [`Read`](std::io::Read) or [`Write`](std::io::Write), by reference or with
//! [`IoSafe`], `Async` implements futures-io's traits for it.
//!
//! # Libraries that want `Send`
//!
//! Handles and timers stay on their thread, and some libraries ask for `Send` all the same, because
//! their users' executors may move tasks. The crate `send_wrapper` passes what stays on its thread
//! for `Send`, without unsafe code; it panics if the value is used or dropped on another thread. In
//! the repository's `demos/examples` this is done for hyper's timer (`common/hyper_timer.rs`) and
//! for redis-rs, which also wants tokio's IO traits (`redis_client.rs`). What cannot work is a
//! library that names its reactor: async-net's sockets, for example, are async-io's.
//!
//! # Where it runs
//!
//! What a system lacks is not there when compiling for it; nothing fails for it at run time.
//!
//! | | Linux, Android | macOS, BSDs | Windows |
//! |---|---|---|---|
//! | [`Async`] of | any descriptor but a file | any descriptor but a file | sockets only |
//! | TCP, UDP, timers, feature `pool` | yes | yes | yes |
//! | Unix sockets | also abstract names | yes | absent |
//! | `signal`, `process` | yes; pidfd | yes; SIGCHLD | absent |
//! | one system call a wait, one a wake | yes | kqueue, by `polling` | IOCP, by `polling` |
//!
//! Linux has to be 5.11 or newer (2021), whose wait takes nanoseconds. `--cfg
//! wakeful_portable_wait` chooses the wait of the other systems there too; it is how that one is
//! tested.
//!
//! The suite runs on Linux; the other systems are type-checked (`.ci/check-portability.sh`).

#![deny(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![deny(clippy::multiple_unsafe_ops_per_block)]

// From the system up to the loop.
mod atomic;
mod error;
mod event;
mod fork;
mod park_state;
mod reactor;
mod readiness;
mod source;
mod sys;
mod time;
mod turn;

mod block_on;

// From the loop up to the handles.
mod async_io;
mod convert;
mod io_op;
mod io_traits;
mod net;
mod readable;

// Beside the reactor.
mod clock;
mod metrics;
#[cfg(feature = "pool")]
mod pool;
#[cfg(all(unix, feature = "process"))]
pub mod process;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
#[cfg(feature = "test-util")]
mod test_util;

pub use async_io::Async;
pub use block_on::block_on;
pub use clock::Clock;
pub use error::os_code;
pub use io_traits::IoSafe;
pub use metrics::Metrics;
pub use net::Incoming;
#[cfg(feature = "pool")]
pub use pool::{Job, Panicked, Refused, ThreadPool, Unblock, resolve, unblock};
pub use readable::{Readable, ReadableOwned, Writable, WritableOwned};
#[cfg(feature = "test-util")]
pub use test_util::{Hold, VirtualClock};
pub use time::{TimedOut, Timeout, Timer, sleep, timeout};
