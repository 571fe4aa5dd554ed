//! What is known of one direction of a source, and what an operation may do now.
//!
//! Each source has a [`Readiness`] for reading and one for writing:
//!
//! ```text
//!              an event that wakes           an operation is tried
//!   Blocked ----------------------> Reported ---------------------> Assumed
//!      |                                                            ^     |
//!      |      an event for which nobody waits                       |     |
//!      '------------------------------------------------------------'     |
//!      ^                                                                  |
//!      '------------------------------------------------------------------'
//!         an operation would block, or was a short one of a TCP stream
//! ```
//!
//! A new source is `Assumed` ready, a guess that costs one call at most. One that is still
//! connecting is `Blocked`.

use crate::sys::RawSource;

/// What is known of one direction of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// An operation would block: wait for an event.
    Blocked,
    /// An operation may succeed. Nobody has found otherwise since the last event.
    Assumed,
    /// An event has woken whoever waited, and no operation has been tried since.
    Reported,
}

/// What a short read or write proves: one that moved some bytes, but fewer than it could have.
///
/// A short read of a TCP stream shows that the system's buffer is empty, so the next read need not
/// find out by failing. There is one exception. If the end of the stream was reported together with
/// the data, no further event comes, and waiting for one would hang. A hang-up, an error, and urgent
/// data (at which reads stop) are like the end. All of these are reported by events of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Short {
    /// Nothing: this is no TCP stream, or the backend does not report ends.
    ProvesNothing,
    /// The next operation would block.
    ProvesBlocked,
    /// Nothing, until a read would block: an event has reported more than data.
    Doubtful,
}

impl Short {
    /// For a TCP stream.
    pub(crate) fn of_tcp() -> Short {
        match crate::sys::REPORTS_END {
            true => Short::ProvesBlocked,
            false => Short::ProvesNothing,
        }
    }
}

/// An operation that is being tried: what it must know, and what is known about it afterwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) raw: RawSource,
    /// The source's count of events when the operation began.
    pub(crate) events: u32,
    /// An event has woken whoever waited, and this is the first operation since.
    pub(crate) reported: bool,
}

/// What an operation may do now.
#[derive(Debug)]
pub(crate) enum Check {
    /// Try it.
    Try(Attempt),
    /// It would block. Leave a waker.
    Wait,
    /// It may succeed, but it is other tasks' turn: wake yourself and return.
    Yield,
}
