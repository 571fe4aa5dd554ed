//! The state of a slot, and its transitions.
//!
//! A slot's header has two fields for it. `step` says whether there is a future: it holds the
//! function that polls or drops it. [`State`] says who waits for the task's end.
//!
//! | `step` | [`State`] | the slot is |
//! |---|---|---|
//! | `None` | no handle | **vacant**: a spawn may claim it |
//! | `None` | handle | **done**: the body holds the output |
//! | `None` | lost | **lost**: there is no output, and the handle will learn it |
//! | the future's step | no handle, handle, or awaited | **live**: the body holds the future |
//! | `dropping` | the same | **dropping**: the future is being dropped further up the stack |
//!
//! ```text
//!            spawn                 ready, panicked
//!   vacant ─────────▶ live ──────────────────────────────┐
//!      ▲               │ cancelled, cleared              │
//!      │               └────────────────▶ dropping ──────┤
//!      │   no handle                                     │
//!      ├─────────────────────────────────────────────────┤
//!      │   handle taken or dropped               handle  │
//!      └────────────────────── done or lost ◀────────────┘
//! ```
//!
//! A live task that is cancelled or cleared inside its own poll is dropped after that poll, if it has
//! not ended by then.
//!
//! A handle keeps its slot, so it never meets another task's output, and no generation counter is
//! needed. Every transition happens on the executor's thread.

/// A distance inside an executor, in units; see `slot`. Two bytes where RAM is scarce.
#[cfg(target_pointer_width = "64")]
pub(crate) type Index = u32;
/// A distance inside an executor, in units; see `slot`. Two bytes where RAM is scarce.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) type Index = u16;

/// Who waits for a task's end. A number that stands for an enum: the states below, or the distance of
/// the header of the task that awaits the handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State(Index);

/// Whom the end of a task wakes.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Joiner {
    /// Nobody awaits the handle, or there is none.
    Nobody,
    /// A waker of another executor, which `joiner` keeps.
    Foreign,
    /// The task of the same executor whose header is this far from the core.
    Task(Index),
}

impl State {
    /// No handle. Zero, as in a slot that was never used.
    pub(crate) const NO_HANDLE: Self = Self(0);
    /// A handle that nobody awaits.
    pub(crate) const HANDLE: Self = Self(1);
    /// A handle of a task that has ended without an output.
    pub(crate) const LOST: Self = Self(2);
    /// A handle that a waker of another executor awaits.
    #[cfg_attr(not(feature = "std"), allow(dead_code))]
    pub(crate) const FOREIGN: Self = Self(3);
    /// No smaller distance can be kept.
    pub(crate) const FIRST_DISTANCE: Index = 4;

    /// The task at this distance awaits the handle.
    pub(crate) const fn awaited_by(distance: Index) -> Self {
        Self(distance)
    }

    /// Whether a `Task` exists.
    pub(crate) const fn has_handle(self) -> bool {
        self.0 != Self::NO_HANDLE.0
    }

    /// Whom the end of the task wakes.
    pub(crate) const fn joiner(self) -> Joiner {
        if self.0 >= Self::FIRST_DISTANCE {
            Joiner::Task(self.0)
        } else if self.0 == Self::FOREIGN.0 {
            Joiner::Foreign
        } else {
            Joiner::Nobody
        }
    }
}
