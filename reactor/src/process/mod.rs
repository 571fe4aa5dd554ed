//! Child processes: started, fed, read, awaited and ended without blocking the thread.
//!
//! The names are async-process's, and std's before it. [`Command`] says what to start; a [`Child`]
//! has pipes that are sources of the reactor (futures-io's traits), and its end is awaited by a
//! descriptor of the process where the kernel has such (Linux 5.3 and later: pidfd), else by the
//! signal SIGCHLD. The files: `command` what to start, `child` the handle, `exit` how its end is
//! noticed, `pidfd` the kernel's descriptor, `pipe` stdin, stdout and stderr, `orphan` what becomes
//! of children that nobody awaits.
//!
//! # Invariants
//!
//! * **Own**: a process number is used only while the child has not been reaped; until then the
//!   system gives it to nobody else, so that no foreign process is watched or killed.
//! * **Reaped**: a child is reaped by the future that awaits it. One whose handle was dropped is
//!   reaped by the reactor of the thread that dropped it, in the first turn after the child's end,
//!   or if that thread has ended, by the next spawn on any thread. Only with
//!   [`Command::reap_on_drop`] off does a zombie stay.
//!
//! There is none of this on Windows: the module is absent there.
//!
//! # Examples
//!
//! ```
//! use wakeful_reactor::process::Command;
//!
//! # wakeful_reactor::block_on(async {
//! let output = Command::new("echo").arg("hello").output().await?;
//! assert!(output.status.success());
//! assert_eq!(output.stdout, b"hello\n");
//! # std::io::Result::Ok(())
//! # }).unwrap();
//! ```

mod child;
mod command;
mod exit;
mod orphan;
mod pidfd;
mod pipe;

pub use std::process::{ExitStatus, Output, Stdio};

pub use child::Child;
pub use command::Command;
pub use pipe::{ChildStderr, ChildStdin, ChildStdout};
