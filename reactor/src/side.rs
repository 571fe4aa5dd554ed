//! What is known of one side of a source: a byte of marks, and a streak.
//!
//! A side is **ready** from the event that says so (or from registration, as a guess that costs at
//! most one call) until an operation finds that it would block, or that it took less than it could
//! have. The marks:
//!
//! | mark | set by | cleared by |
//! |---|---|---|
//! | `READY` | an event; registration, where it may be guessed | an operation that blocked, or was short and so proved that no more is there |
//! | `TOLD` | an event that emptied the poll slot | whoever asks next |
//! | `STREAM` | registration: a TCP stream, and the wait tells of ends | nobody |
//! | `SUSPECT` | an event that told of more than data | an operation that blocked |
//! | `ENDING` | an event that told of the end and, beside it, of nothing but data | nobody: an end is final |
//! | `ENDED` | a short read of a `STREAM` that was `ENDING` | nobody |
//! | `NEAR` | the table's: the near poll slot is this side's | the table |
//!
//! A short read or write proves that no more is there with `STREAM` and without `SUSPECT`. With
//! `ENDING` a short read proves even that the end is all that is there: the end comes after all
//! data, so all of it had come before the event, and the read has taken it. Only urgent data, which
//! reads stop at, could hide some; it has a flag of its own, so `ENDING` is not set beside it.
//!
//! Both sides share one **count** of events, kept by the source. An operation carries the count
//! from its beginning ([`Stamp`]); one that has moved meanwhile voids what the operation found.

use crate::wait::Told;

/// Operations that one source may do without a pause before its task gives way once.
const STREAK: u8 = 128;

const READY: u8 = 1;
const TOLD: u8 = 1 << 1;
const STREAM: u8 = 1 << 2;
const SUSPECT: u8 = 1 << 3;
const ENDING: u8 = 1 << 4;
const ENDED: u8 = 1 << 5;
const NEAR: u8 = 1 << 6;
/// A stream whose end has been told.
const ENDS: u8 = STREAM | SUSPECT | ENDING;

/// A side of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

/// How a source begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Try the first operation without waiting for an event. Not while connecting.
    pub(crate) optimistic: bool,
    /// It is a TCP stream: a short read or write proves that there was no more.
    pub(crate) short_is_empty: bool,
    /// The descriptor was made here: nobody else has had it in hand.
    pub(crate) is_new: bool,
}

impl Default for Start {
    fn default() -> Start {
        Start {
            optimistic: true,
            short_is_empty: false,
            is_new: false,
        }
    }
}

/// What an operation knows of its source when it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// The count of events.
    pub(crate) events: u32,
    /// A read need not be made: it would find the end.
    pub(crate) at_end: bool,
}

impl Stamp {
    pub(crate) fn new(events: u32) -> Stamp {
        Stamp {
            events,
            at_end: false,
        }
    }
}

/// What an operation may do now.
#[derive(Debug)]
pub(crate) enum Gate {
    /// Try it.
    Open(Stamp),
    /// Not ready. Store a waker.
    Shut,
    /// Ready, but it is other tasks' turn: wake yourself and return.
    GiveWay,
}

/// The marks and the streak of one side.
#[derive(Debug)]
pub(crate) struct Readiness {
    marks: u8,
    /// Operations since the side was last not ready.
    streak: u8,
}

impl Readiness {
    pub(crate) fn new(start: Start) -> Readiness {
        let ready = if start.optimistic { READY } else { 0 };
        let proves = start.short_is_empty && crate::wait::SHORT_READ_PROVES_EMPTY;
        Readiness {
            marks: ready | if proves { STREAM } else { 0 },
            streak: 0,
        }
    }

    /// Takes in an event for the side; `slot` says whether it emptied the poll slot.
    pub(crate) fn tell(&mut self, told: Told, slot: bool) {
        let mark = |mark, set| if set { mark } else { 0 };
        self.marks |= READY | mark(SUSPECT, told.suspect) | mark(ENDING, told.ends);
        self.marks |= mark(TOLD, slot);
    }

    /// Whether an operation may be tried, with this count of events.
    pub(crate) fn gate(&mut self, events: u32) -> Gate {
        self.marks &= !TOLD;
        if self.marks & READY == 0 {
            return Gate::Shut;
        }
        self.streak += 1;
        if self.streak > STREAK {
            self.streak = 0;
            return Gate::GiveWay;
        }
        Gate::Open(Stamp {
            events,
            at_end: self.marks & ENDED != 0,
        })
    }

    /// An operation found that it would block, and no event came meanwhile.
    pub(crate) fn blocked(&mut self) {
        self.marks &= !(READY | SUSPECT);
        self.streak = 0;
    }

    /// An operation took, or gave, less than it could have, and no event came meanwhile.
    pub(crate) fn was_short(&mut self) {
        match self.marks & (STREAM | SUSPECT | ENDING) {
            STREAM => {
                self.marks &= !READY;
                self.streak = 0;
            }
            ENDS => self.marks |= ENDED,
            _ => {}
        }
    }

    /// Whether an event has emptied the poll slot since it was last asked.
    pub(crate) fn take_told(&mut self) -> bool {
        let told = self.marks & TOLD != 0;
        self.marks &= !TOLD;
        told
    }

    /// Whether nothing was told but plain readiness: no error, no hang-up, no end. Where the wait
    /// does not tell them apart it is never known to be so.
    pub(crate) fn is_plain(&self) -> bool {
        self.marks & SUSPECT == 0
    }

    pub(crate) fn is_near(&self) -> bool {
        self.marks & NEAR != 0
    }

    pub(crate) fn set_near(&mut self, near: bool) {
        self.marks = self.marks & !NEAR | if near { NEAR } else { 0 };
    }
}
