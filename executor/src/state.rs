//! The state of a slot, and its transitions.
//!
//! A slot's header has two fields for it. `step` says whether there is a future: it holds the
//! function that polls or drops it. [`State`] says who waits for the task's end.
//!
//! | `step` | [`State`] | the slot is |
//! |---|---|---|
//! | `None` | no handle | **vacant**: a spawn may claim it |
//! | `None` | handle | **done**: the body holds the output |
//! | `None` | lost | **lost**: there is no output, and awaiting the handle panics |
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
//! A slot with a handle is not claimed, so the handle never finds another task's output, and no
//! generation counter is needed. Every transition happens on the executor's thread.

/// A distance inside an executor, in units; see `slot`. Two bytes where RAM is scarce.
#[cfg(target_pointer_width = "64")]
pub(crate) type Index = u32;
/// A distance inside an executor, in units; see `slot`. Two bytes where RAM is scarce.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) type Index = u16;

/// Who waits for a task's end. A number that stands for an enum: one of the states below, or the
/// distance of the header of the task that awaits the handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State(pub(crate) Index);

impl State {
    /// No handle. Zero, as in a slot that was never used.
    pub(crate) const NO_HANDLE: Self = Self(0);
    /// A handle of a task that has ended without an output.
    pub(crate) const LOST: Self = Self(1);
    /// A handle that no task of this executor awaits; perhaps a foreign waker does (see `joiner`).
    pub(crate) const HANDLE: Self = Self(2);
    /// No header is so near to the core.
    pub(crate) const FIRST_DISTANCE: Index = 3;
}
