//! A slot's life: one byte, and the named transitions that are all there is to it.
//!
//! ```text
//!               spawn                begin_poll
//!   Vacant ───────────────▶ Idle ◀──────────────▶ Polling
//!     ▲ ▲                     │      end_poll        │ the future is ready,
//!     │ │              cancel,│                      │ panicked, or doomed
//!     │ │              clear  ▼                      ▼
//!     │ └─────────────────────────── Dropping ◀──────┘
//!     │     no handle                   │ handle
//!     │                      ready      │     panicked, cleared
//!     │                    ┌────────────┴─────────────┐
//!     │                    ▼                          ▼
//!     │                   Done ───── clear ────────▶ Lost
//!     └────────────────────┴───────── handle gone ────┘
//! ```
//!
//! # Terms
//! - *phase*: what the slot's bytes hold and whether user code runs on them, in the high three bits.
//! - *handle*: a `Task` for this slot exists. It keeps the slot, so it can never see a next tenant.
//! - *again*: the slot was woken and popped while it was being polled (by a run inside its own
//!   poll); it is queued again after that poll.
//! - *doomed*: cancelled or cleared while being polled; the future is dropped after the poll, and
//!   an output is not kept. In phase `Lost` it says "cleared", without it "panicked".
//! - *tail*: there is room for a waker behind the future and its output.
//! - *listed*: a vacant slot that is in the free list. One that is still queued is not: it is
//!   listed when it comes out of the queue, so that its next tenant does not inherit a place.
//!
//! Every transition happens on the executor's thread; none runs user code.

/// Nothing in the slot. All zero, as an executor begins.
const VACANT: u8 = 0 << 5;
/// Not a task's slot: the main future's, which lies in the run. It never changes.
const MAIN: u8 = 1 << 5;
/// A future or an output is being dropped further up the stack; nobody else may touch it.
const DROPPING: u8 = 2 << 5;
/// An output, waiting for its handle.
const DONE: u8 = 4 << 5;
/// Nothing but the news for the handle that there will be no output.
const LOST: u8 = 5 << 5;
/// A future that is being polled further up the stack.
const POLLING: u8 = 6 << 5;
/// A future that is not being polled. The highest, so that one comparison finds it.
const IDLE: u8 = 7 << 5;

const PHASE: u8 = 0xe0;
const HANDLE: u8 = 0x01;
const AGAIN: u8 = 0x02;
const DOOMED: u8 = 0x04;
const TAIL: u8 = 0x08;
const LISTED: u8 = 0x10;

/// The byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Life(pub(crate) u8);

/// What to do with a slot that came out of the queue and is not to be polled.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Popped {
    /// Nothing: a stale wake, or one that is remembered for the end of the poll.
    Ignore,
    /// It is vacant and in no list: it may be put into one.
    Vacant,
}

/// What to do after a poll that returned pending, if anything.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Polled {
    /// Queue it: it was woken during the poll, and that wake was taken out of the queue.
    Requeue,
    /// Drop the future: it was cancelled or cleared during the poll.
    Drop,
}

/// How a task ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// Its future was ready. The output, if wanted, lies in the slot.
    Finished,
    /// Without an output.
    Lost,
}

/// What a handle finds in its slot.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// The future, at rest, or the output: the caller drops it and lets the slot go.
    Content,
    /// Neither, and there will be none: the caller lets the slot go.
    Nothing,
    /// The future is in use further up the stack; who uses it sees to the rest.
    Busy,
}

impl Life {
    /// A slot with a new future and its handle.
    pub(crate) fn spawned(has_tail: bool) -> Life {
        Life(IDLE | HANDLE | if has_tail { TAIL } else { 0 })
    }

    /// A vacant slot in the free list, where there is one.
    #[cfg_attr(not(feature = "std"), allow(dead_code))]
    pub(crate) const FREE: Life = Life(VACANT | LISTED);

    /// The main future's header.
    pub(crate) const MAIN: Life = Life(MAIN);

    /// A vacant slot in no list.
    pub(crate) const UNLISTED: Life = Life(VACANT);

    fn phase(self) -> u8 {
        self.0 & PHASE
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    fn with(self, phase: u8) -> Life {
        Life(self.0 & !PHASE | phase)
    }

    /// Whether the slot has no tenant.
    pub(crate) fn is_vacant(self) -> bool {
        self.phase() == VACANT
    }

    /// Whether a finished task's output lies here.
    pub(crate) fn is_done(self) -> bool {
        self.phase() == DONE
    }

    /// Whether the handle need not wait any longer.
    pub(crate) fn is_over(self) -> bool {
        self.phase() & !(DONE ^ LOST) == DONE
    }

    /// Whether a waker may be kept behind the future.
    pub(crate) fn has_tail(self) -> bool {
        self.has(TAIL)
    }

    /// Whether a lost task was cleared; otherwise it panicked.
    pub(crate) fn was_cleared(self) -> bool {
        self.has(DOOMED)
    }

    /// Whether the slot's future is there and not being polled. If it is not, see
    /// [`pop`](Self::pop) when the slot comes out of the queue.
    #[inline(always)]
    pub(crate) fn is_at_rest(self) -> bool {
        self.0 >= IDLE
    }

    /// The future, which was at rest, is going to be polled.
    #[inline(always)]
    pub(crate) fn begin_poll(&mut self) {
        self.0 ^= IDLE ^ POLLING;
    }

    /// The slot came out of the queue, and its future is not at rest.
    pub(crate) fn pop(&mut self) -> Popped {
        match self.phase() {
            POLLING => {
                self.0 |= AGAIN;
                Popped::Ignore
            }
            VACANT if !self.has(LISTED) => Popped::Vacant,
            _ => Popped::Ignore,
        }
    }

    /// Its poll returned pending. `true`: something happened meanwhile, see
    /// [`see_to`](Self::see_to).
    #[inline(always)]
    pub(crate) fn end_poll(&mut self) -> bool {
        self.0 ^= IDLE ^ POLLING;
        self.has(DOOMED | AGAIN)
    }

    /// What happened during the poll, which it forgets.
    pub(crate) fn see_to(&mut self) -> Polled {
        self.0 &= !AGAIN;
        if self.has(DOOMED) {
            self.retire();
            Polled::Drop
        } else {
            Polled::Requeue
        }
    }

    /// The future is about to be dropped in its place: nobody else may touch it.
    #[inline(always)]
    pub(crate) fn retire(&mut self) {
        *self = self.with(DROPPING);
    }

    /// Whether an output that is at hand has a handle to wait for.
    #[inline(always)]
    pub(crate) fn wants_output(self) -> bool {
        self.0 & (HANDLE | DOOMED) == HANDLE
    }

    /// What was in the slot is gone, but for the output that is wanted. `false`: there is no handle,
    /// let the slot go.
    #[inline(always)]
    pub(crate) fn end(&mut self, end: End) -> bool {
        let done = end == End::Finished && self.wants_output();
        *self = self.with(if done { DONE } else { LOST });
        self.has(HANDLE)
    }

    /// A poll, or the drop after it, unwinds. `true`: the future is still there and is to be
    /// dropped first.
    pub(crate) fn unwind(&mut self) -> bool {
        let polling = self.phase() == POLLING;
        self.retire();
        polling
    }

    /// The handle asks for the end: it is gone from here on.
    pub(crate) fn cancel(&mut self) -> Found {
        self.0 &= !HANDLE;
        match self.phase() {
            IDLE => {
                self.retire();
                Found::Content
            }
            DONE => Found::Content,
            LOST => Found::Nothing,
            POLLING => {
                self.0 |= DOOMED;
                Found::Busy
            }
            _ => Found::Busy,
        }
    }

    /// The handle goes, and the task stays. `true`: it was over, so let what is left go, as
    /// [`cancel`](Self::cancel) does.
    pub(crate) fn detach(&mut self) -> bool {
        if self.is_over() {
            return true;
        }
        self.0 &= !HANDLE;
        false
    }

    /// The executor is being cleared. `true`: drop what lies in the slot, then
    /// [`end`](Self::end).
    pub(crate) fn clear(&mut self) -> bool {
        match self.phase() {
            IDLE | DONE => {
                self.0 |= DOOMED;
                true
            }
            POLLING | DROPPING => {
                self.0 |= DOOMED;
                false
            }
            _ => false,
        }
    }
}
