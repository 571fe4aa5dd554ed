//! The data: slots, the core, and how to find one from the other. The only files that know addresses.
//!
//! ```text
//!   Executor<TASKS, BYTES>, one static, all zeros
//!   ┌────────────────┬─────────────────┬─────────────────┬─ ─ ─
//!   │ Core  ┌────────┤ slot   ┌────────┤ slot   ┌────────┤
//!   │       │ main's │ header │  body  │ header │  body  │
//!   │       │ header │        │        │        │        │
//!   └───────┴────────┴────────┴────────┴────────┴────────┴─ ─ ─
//! ```
//!
//! A waker carries a pointer to a header. The body begins where the header ends, and the header knows
//! how far it is from the core, so everything else is found by an addition or a subtraction.
//!
//! # Who may touch which field when
//!
//! | field | written by | read by |
//! |---|---|---|
//! | `run_queue`, `tag`, `next`, `listed` | see the queues | the same |
//! | `end` | the thread that takes the executor | the owner |
//! | the distance, in `tag` | the owner, before the slot's first task | anyone with a waker |
//! | everything else | the owner | the owner |
//!
//! The *owner* is the thread that took the executor.
//!
//! # Invariants
//! - **Static**: an executor is never moved or freed once it is taken, so a pointer to its core or to
//!   one of its headers is valid for ever. Nothing counts references to it.
//! - **Whole pointer**: every such pointer is derived from a pointer to the whole executor, so
//!   arithmetic between core, headers and bodies stays inside one allocation.
//! - **Zeros**: an executor, and so each of its slots, begins as zeros. There is no other constructor.
//! - **Step says**: if `step` is neither `None` nor [`dropping`], the body holds a future of the type
//!   that the step was compiled for. Nobody uses it, unless the slot is the core's `current`.
//! - **Own distance**: a distance in `state` is that of a header of the same executor.
//! - **Owner calls**: on other threads, a `SlotRef` is only used to wake its slot.

#![allow(unsafe_code)] // Pointers to slots, and erased futures.

mod body;
mod core_ref;
pub(crate) mod end;
#[cfg_attr(feature = "std", path = "free_list.rs")]
#[cfg_attr(not(feature = "std"), path = "free_scan.rs")]
mod free;

use core::cell::Cell;
use core::ops::Deref;
use core::ptr::NonNull;

use crate::atomic::Ordering::Relaxed;
use crate::atomic::{AtomicIndex, AtomicPtr};
use crate::observe::{IS_OBSERVED, Observers, Serial};
use crate::state::{Index, State};

pub(crate) use body::{Aligned, Slot};
pub(crate) use core_ref::{Core, CoreRef, Slots};

/// The function that is compiled once for each type of task.
pub(crate) type Step = unsafe fn(SlotRef, Op);

/// What a step is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// Poll the future; if it is ready, end the task.
    Poll,
    /// Drop the future, and end the task.
    Drop,
}

/// What a slot costs besides its future: 12 bytes where pointers have 4.
#[repr(C)]
pub(crate) struct Header {
    /// The [distance](Header::distance), and [`MARK`].
    pub(crate) tag: AtomicIndex,
    state: Cell<State>,
    /// The next slot in the inbox.
    #[cfg(any(feature = "std", not(feature = "critical-section")))]
    pub(crate) next: AtomicPtr<Header>,
    /// The next slot in the list.
    #[cfg(any(feature = "std", feature = "critical-section"))]
    pub(crate) listed: AtomicPtr<Header>,
    step: Cell<Option<Step>>,
    pub(crate) serial: Serial,
}

/// The bit of a tag that says that the slot is queued: see `inbox`. Without an inbox there is none.
pub(crate) const MARK: Index = cfg!(any(feature = "std", not(feature = "critical-section"))) as _;

const HAS_MORE: bool = cfg!(any(target_pointer_width = "64", feature = "std", feature = "observe"));
const _: () = assert!(HAS_MORE || size_of::<Header>() == 12);

/// Bytes per unit of a distance. Headers are aligned to twice as much at least, so distances are even.
pub(crate) const UNIT: usize = if cfg!(target_pointer_width = "64") { 1 } else { 2 };

impl Header {
    /// How far the header is from its core, in units; 0 before the slot's first task.
    pub(crate) fn distance(&self) -> Index {
        // Relaxed: it does not change once anyone else has a pointer to the header.
        self.tag.load(Relaxed) & !MARK
    }

    /// Whether there is no future: the slot is vacant, or its task has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.step.get().is_none()
    }

    /// Whether a handle exists.
    pub(crate) fn has_handle(&self) -> bool {
        self.state.get() != State::NO_HANDLE
    }

    /// Whether the body holds an output for the handle.
    pub(crate) fn has_output(&self) -> bool {
        self.is_over() && self.state.get() != State::LOST
    }
}

/// A pointer to a header, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotRef(NonNull<Header>);

impl Deref for SlotRef {
    type Target = Header;

    fn deref(&self) -> &Header {
        // SAFETY: a reference needs a living target. Executors are never freed (Static), and their
        // fields are cells and atomics, which the owner uses alone (Owner calls).
        unsafe { self.0.as_ref() }
    }
}

impl SlotRef {
    /// # Safety
    /// The pointer came from [`as_ptr`](Self::as_ptr). On another thread than the owner's, the
    /// caller only wakes the slot.
    pub(crate) unsafe fn from_ptr(header: *mut Header) -> Self {
        // SAFETY: it must not be null. A slot's is not.
        Self(unsafe { NonNull::new_unchecked(header) })
    }

    /// What wakers and links carry.
    pub(crate) fn as_ptr(self) -> *mut Header {
        self.0.as_ptr()
    }

    /// The slot that a link leads to, if it leads to one.
    ///
    /// # Safety
    /// The link is null, 1, 2, or came from [`as_ptr`](Self::as_ptr) of a slot.
    pub(crate) unsafe fn from_link(link: *mut Header) -> Option<Self> {
        // SAFETY: it must be a slot's. It is neither null nor 1 nor 2.
        (link.addr() > 2).then(|| unsafe { Self::from_ptr(link) })
    }

    /// Where the future or its output lies.
    pub(crate) fn body<T>(self) -> *mut T {
        self.0.as_ptr().wrapping_byte_add(body::BODY).cast()
    }

    /// Where the waker of another executor that awaits this task is kept: on a host in the slot,
    /// otherwise in one place that all tasks share.
    #[cfg(feature = "std")]
    pub(crate) fn foreign(&self) -> &Cell<Option<core::task::Waker>> {
        let tail = self.0.as_ptr().wrapping_byte_sub(body::TAIL).cast();
        // SAFETY: a reference needs a living target. A task's slot has a tail there (Static), and only
        // the owner uses it (Owner calls). Main has none, and no handle that would ask for it.
        unsafe { &*tail }
    }

    /// Calls the observer, if there is one.
    #[inline(always)]
    pub(crate) fn observe(self, call: impl FnOnce(&Observers, &Serial)) {
        if IS_OBSERVED {
            call(&self.core().observers, &self.serial);
        }
    }

    /// Polls the future, if there is one. `false`: there is none.
    pub(crate) fn poll(self, core: CoreRef) -> bool {
        let Some(step) = self.step.get() else {
            return false;
        };
        core.current.set(Some(self));
        // SAFETY: a step needs its future, which nobody uses. The future is there, and what was
        // `current` has returned, since there is one driver (Step says).
        unsafe { step(self, Op::Poll) };
        core.current.set(None);
        if let Some(after_poll) = core.after_poll.get() {
            core.after_poll.set(None);
            after_poll(self);
        }
        true
    }

    /// Drops the future, and ends the task. If there is none, nothing happens. If the task is being
    /// polled, its future is dropped after the poll.
    #[inline(never)]
    pub(crate) fn drop_future(self) {
        if self.core().current.get() == Some(self) {
            return self.core().after_poll.set(Some(SlotRef::drop_future));
        }
        if let Some(step) = self.step.get() {
            self.step.set(Some(dropping));
            // SAFETY: as in `poll`; the slot is not current. `dropping` itself needs nothing.
            unsafe { step(self, Op::Drop) };
        }
    }
}

/// The step while the future is being dropped. It does nothing.
///
/// # Safety
/// It asks for nothing: it is unsafe because steps are.
unsafe fn dropping(_: SlotRef, _: Op) {}
