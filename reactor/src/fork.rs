//! Which process a reactor, or a thread pool, was made in.
//!
//! A child of `fork` shares its parent's epoll instance: what it registers or deletes there, it
//! does to its parent. So the reactor checks before each wait that it is still in the process that
//! made it. Asking the system for the process id would be one more call a wait. Instead each
//! process has a number of ours, in memory that the kernel sets to zero in a forked child. Numbers
//! count up along a line of forks, so no descendant has an ancestor's, while process ids repeat:
//! each first process of a container is 1. Where there is no such memory the process id is asked
//! for.
#![allow(unsafe_code)] // A mapping of our own, and the one word in it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::{io, process, sync::OnceLock};

/// The process in which something was made.
#[derive(Debug)]
pub(crate) struct ForkGuard {
    process: u32,
    word: Option<&'static AtomicU32>,
}

impl ForkGuard {
    pub(crate) fn new() -> ForkGuard {
        static WORD: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();
        static LAST: AtomicU32 = AtomicU32::new(0);
        let word = *WORD.get_or_init(wiped_word);
        // The first guard in a process gives it a number, and the others find that. A child finds
        // 0; the guards of its parent keep the parent's number.
        let number = |word: &AtomicU32| {
            let new = LAST.fetch_add(1, Ordering::Relaxed) + 1;
            let taken = word.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed);
            taken.map_or_else(|number| number, |_zero| new)
        };
        ForkGuard { process: word.map_or_else(process::id, number), word }
    }

    /// An error in a forked child.
    pub(crate) fn check(&self) -> io::Result<()> {
        // Relaxed: the word changes only by a fork, beside which no thread of the child runs.
        let now = self.word.map_or_else(process::id, |word| word.load(Ordering::Relaxed));
        match now == self.process {
            true => Ok(()),
            false => Err(io::Error::other(
                "this process was forked from the one that made this thread's reactor, and would \
                 disturb it: use a new thread of the child's own, or exec",
            )),
        }
    }
}

/// A word of memory, zero, that the kernel sets to zero again in a forked child: a page mapped with
/// `MADV_WIPEONFORK` (Linux 4.14). `None` where the kernel does not know it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn wiped_word() -> Option<&'static AtomicU32> {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
    /// The mapping's length: the least that has a page of its own.
    const BYTES: usize = 4096;
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a mapping is dangerous where it replaces another; the kernel chooses the place of
    // this one.
    let page =
        unsafe { mmap_anonymous(std::ptr::null_mut(), BYTES, protection, MapFlags::PRIVATE) };
    let page = page.ok()?;
    // SAFETY: advice may destroy what is mapped; this is the new page, whole, and only a fork wipes
    // it.
    unsafe { madvise(page, BYTES, Advice::LinuxWipeOnFork) }.ok()?;
    // SAFETY: a reference needs memory that is aligned, valid as the type, and outlives it. The
    // page is page-aligned, zero, which is an AtomicU32, written through atomics alone, and never
    // unmapped.
    Some(unsafe { &*page.cast::<AtomicU32>() })
}

/// There is no such memory here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn wiped_word() -> Option<&'static AtomicU32> {
    None
}
