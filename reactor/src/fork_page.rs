//! Which process a reactor was made in, by a page of memory that the kernel wipes in a forked
//! child.
//!
//! A child of `fork` shares its parent's epoll instance: what it registers or deletes there, it
//! does to its parent. So the reactor must know whether it is still where it was made, at each
//! wait, and asking for the process id would be one more system call a wait. Instead one page is
//! mapped with `MADV_WIPEONFORK` (Linux 4.14) and holds the process id: in a child it reads 0.
//! Kernels without it refuse the advice, and the id is asked for.
#![allow(unsafe_code)] // A mapping of our own, and the one word in it.

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The mapping's length: the least that has a page of its own.
const PAGE_BYTES: usize = 4096;

/// The process in which a reactor was made.
#[derive(Debug)]
pub(crate) struct Birth {
    process: u32,
    page: Option<&'static AtomicU32>,
}

impl Birth {
    pub(crate) fn now() -> io::Result<Birth> {
        let process = std::process::id();
        let page = page();
        if let Some(page) = page {
            // A child finds 0 here and puts its own id; its parent's reactors, if it has any, see
            // that it is another.
            page.store(process, Ordering::Relaxed);
        }
        Ok(Birth { process, page })
    }

    /// Whether this is still that process.
    pub(crate) fn is_here(&self) -> bool {
        match self.page {
            // Relaxed: the word changes only by a fork, which no thread of the child runs beside.
            Some(page) => page.load(Ordering::Relaxed) == self.process,
            None => std::process::id() == self.process,
        }
    }
}

fn page() -> Option<&'static AtomicU32> {
    static PAGE: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();
    *PAGE.get_or_init(|| {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a mapping is dangerous where it replaces another; the kernel chooses the place of
        // this one.
        let start =
            unsafe { mmap_anonymous(ptr::null_mut(), PAGE_BYTES, protection, MapFlags::PRIVATE) };
        let start = start.ok()?;
        // SAFETY: advice may destroy what is mapped; this is the new page, whole, and only a fork
        // wipes it.
        unsafe { madvise(start, PAGE_BYTES, Advice::LinuxWipeOnFork) }.ok()?;
        // SAFETY: a reference needs memory that is aligned, valid as the type, and outlives it. The
        // page is page-aligned, zero, which is an AtomicU32, written through atomics alone, and
        // never unmapped.
        Some(unsafe { &*start.cast::<AtomicU32>() })
    })
}
