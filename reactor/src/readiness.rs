//! What is known of a source, and what an operation may do now.

use crate::sys::{REPORTS_END, RawSource};

/// What is known of one direction of a source.
///
/// An event makes it `Ready`, an operation that would block makes it `Blocked`, and so does a short
/// read or write where that proves as much. A new source is `Ready`, a guess that costs one call at
/// most; one that is still connecting is `Blocked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// An operation would block: wait for an event.
    Blocked,
    /// An operation may succeed: nobody has found otherwise since the last event.
    Ready,
}

/// What a short read or write proves: one that moved some bytes, but fewer than it could have.
///
/// A short read of a TCP stream shows that the system's buffer is empty, so the next read need not
/// find out by failing. There is one exception. If the end of the stream was reported together with
/// the data, no further event comes, and waiting for one would hang. A hang-up, an error, and
/// urgent data (at which reads stop) are like the end. All of these are reported by events of their
/// own.
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
    /// That of a TCP stream.
    pub(crate) const OF_TCP: Short = match REPORTS_END {
        true => Short::ProvesBlocked,
        false => Short::ProvesNothing,
    };
}

/// What an operation knows of its source when it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) raw: RawSource,
    /// The source's count of events.
    pub(crate) events: u32,
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
