//! Which process a reactor, or a thread pool, was made in.
//!
//! A child of `fork` shares its parent's epoll instance: what it registers or deletes there, it does
//! to its parent. So the reactor asks before each wait whether it is still in the process that made
//! it. Asking for the process id would be one more system call a wait; instead the id stands in
//! memory that the kernel wipes in a child. Where there is no such memory the id is asked for.

use crate::sys;
use std::io;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The process in which something was made.
#[derive(Debug)]
pub(crate) struct ForkGuard {
    process: u32,
    word: Option<&'static AtomicU32>,
}

impl ForkGuard {
    pub(crate) fn new() -> ForkGuard {
        static WORD: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();
        let process = process::id();
        let word = *WORD.get_or_init(sys::word_wiped_on_fork);
        if let Some(word) = word {
            // A child finds 0 and stores its own id, so what its parent made is still told apart.
            word.store(process, Ordering::Relaxed);
        }
        ForkGuard { process, word }
    }

    /// An error in a forked child.
    pub(crate) fn check(&self) -> io::Result<()> {
        // Relaxed: the word changes only by a fork, beside which no thread of the child runs.
        let now = self
            .word
            .map_or_else(process::id, |word| word.load(Ordering::Relaxed));
        match now == self.process {
            true => Ok(()),
            false => Err(io::Error::other(
                "this process was forked from the one that made this, and would disturb it: \
                 use a new thread of the child's own, or exec",
            )),
        }
    }
}
