//! What a signal handler touches.
//!
//! Invariant **Handler**: [`Mailbox::post`] makes one atomic operation and at most one `write` to a
//! socket that does not block. It takes no lock, allocates nothing, frees nothing and cannot panic,
//! so it may run between any two instructions of any thread.
//!
//! # Orderings
//!
//! Marking and looking are both read-modify-writes with acquire and release. If a look misses a
//! mark, the mark comes later in the word's order and the look happens before it: then the byte
//! that follows the mark comes after the empty read that preceded the look, and is an event of its
//! own.
#![allow(unsafe_code)] // Installing a signal handler: a promise about what it does, given below.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{os::unix::net::UnixStream, sync::Arc};

use signal_hook_registry::SigId;

/// Signals have numbers below this on every system we know: 65 on Linux, 129 on FreeBSD.
const WORDS: usize = 5;

/// The signals that have come, and the socket that wakes their reader.
pub(super) struct Mailbox {
    marks: [AtomicU32; WORDS],
    socket: UnixStream,
}

impl Mailbox {
    /// `socket` must not block.
    pub(super) fn new(socket: UnixStream) -> Mailbox {
        Mailbox { marks: [const { AtomicU32::new(0) }; WORDS], socket }
    }

    /// Takes the lowest of the signals that have come.
    pub(super) fn take(&self) -> Option<i32> {
        for (index, word) in self.marks.iter().enumerate() {
            // A look by read-modify-write: a plain load would leave no trace for a later mark to
            // synchronize with.
            let lowest = word.fetch_or(0, Ordering::AcqRel).trailing_zeros();
            if lowest < u32::BITS {
                word.fetch_and(!(1 << lowest), Ordering::AcqRel);
                return i32::try_from(index as u32 * u32::BITS + lowest).ok();
            }
        }
        None
    }

    /// Marks the signal, and writes. `None` if there is no such signal.
    fn post(&self, signal: u32) -> Option<()> {
        let word = self.marks.get((signal / u32::BITS) as usize)?;
        word.fetch_or(1 << (signal % u32::BITS), Ordering::AcqRel);
        // It fails when the socket is full, and then the reader has bytes to read anyway.
        let _ = (&self.socket).write(&[1]);
        Some(())
    }
}

/// From now on a handler posts `signal` to `mailbox`.
pub(super) fn deliver(signal: i32, mailbox: &Arc<Mailbox>) -> io::Result<SigId> {
    let number = u32::try_from(signal).unwrap_or(0);
    let known = (1..WORDS as u32 * u32::BITS).contains(&number);
    if !known || signal_hook_registry::FORBIDDEN.contains(&signal) {
        let text = "it is no signal, or one that must not be caught";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mailbox = Arc::clone(mailbox);
    let handler = move || {
        mailbox.post(number);
    };
    // SAFETY: a signal handler may call only what is async-signal-safe, for the thread it
    // interrupts may be inside anything. By **Handler** ours makes an atomic operation and a
    // `write`; the registry keeps errno, and keeps the mailbox until no handler runs.
    unsafe { signal_hook_registry::register(signal, handler) }
}
