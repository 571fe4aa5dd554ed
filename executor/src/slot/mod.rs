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
//! | `run_queue`, `node` | see the queues | the same |
//! | `end` | the thread that takes the executor | the owner |
//! | the distance, `node`'s payload | the owner, before the slot's first task | anyone with a waker |
//! | everything else | the owner | the owner |
//!
//! The *owner* is the thread that took the executor.
//!
//! # Invariants
//! - **Static**: an executor is never moved or freed once it is taken, so a pointer to its core or to
//!   one of its headers is valid for ever. Nothing counts references to it.
//! - **Whole pointer**: every such pointer is derived from a pointer to the whole executor, so
//!   arithmetic between core, headers and bodies stays inside one allocation.
//! - **Step says**: if `step` is neither `None` nor [`dropping`], the body holds a future of the type
//!   that the step was compiled for. Nobody uses it, unless the slot is the core's `current`.
//! - **Own distance**: a distance in `state` is that of a header of the same executor.
//! - **Owner calls**: on other threads, a `SlotRef` is only used to wake its slot.

#![allow(unsafe_code)] // Pointers to slots, and erased futures.

mod core_ref;
pub(crate) mod end;
#[cfg_attr(feature = "std", path = "free_list.rs")]
#[cfg_attr(not(feature = "std"), path = "free_scan.rs")]
mod free;

use core::cell::{Cell, UnsafeCell};
use core::future::Future;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Deref;
use core::ptr::NonNull;

use crate::observe::{IS_OBSERVED, Observers, Serial};
use crate::queue::{Node, NodeRef};
use crate::state::State;

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
    /// First, so that a pointer to a node is a pointer to its header.
    /// Its payload is how far the header is from the core, in units.
    pub(crate) node: Node,
    step: Cell<Option<Step>>,
    pub(crate) serial: Serial,
}

const HAS_MORE: bool = cfg!(any(target_pointer_width = "64", feature = "std", feature = "observe"));
const _: () = assert!(HAS_MORE || size_of::<Header>() == 12);

/// Bytes per unit of a distance. Headers are aligned to twice as much, so distances are even.
pub(crate) const UNIT: usize = align_of::<Header>() / 2;

/// A slot. A cell, because futures are written into it while others have pointers to its header.
#[repr(transparent)]
pub(crate) struct Slot<const BYTES: usize>(UnsafeCell<Parts<BYTES>>);

#[repr(C)]
struct Parts<const BYTES: usize> {
    /// On a host, each slot has room for the waker of another executor: see `joiner`.
    #[cfg(feature = "std")]
    tail: Cell<Option<core::task::Waker>>,
    header: Header,
    body: Body<BYTES>,
}

#[repr(C)]
#[cfg_attr(any(target_pointer_width = "64", feature = "std"), repr(align(16)))]
struct Body<const BYTES: usize>(MaybeUninit<[u8; BYTES]>);

/// What an executor, and so at most a body, is aligned to.
const MOST_ALIGNED: usize = align_of::<Aligned>();
/// In an executor, it aligns the whole.
#[cfg_attr(any(target_pointer_width = "64", feature = "std"), repr(align(16)))]
#[cfg_attr(not(any(target_pointer_width = "64", feature = "std")), repr(align(8)))]
pub(crate) struct Aligned;

const TAIL: usize = offset_of!(Parts<0>, header);
/// How far a body is from its header.
const BODY: usize = offset_of!(Parts<0>, body) - TAIL;

impl Header {
    pub(crate) const fn new() -> Self {
        Self { node: Node::new(0), step: Cell::new(None), serial: Serial::new() }
    }

    pub(crate) fn state(&self) -> &Cell<State> {
        &self.node.state
    }

    /// Whether there is no future: the slot is vacant, or its task has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.step.get().is_none()
    }

    /// Whether a handle exists.
    pub(crate) fn has_handle(&self) -> bool {
        self.state().get() != State::NO_HANDLE
    }

    /// Whether the body holds an output for the handle.
    pub(crate) fn has_output(&self) -> bool {
        self.is_over() && self.state().get() != State::LOST
    }
}

impl<const BYTES: usize> Slot<BYTES> {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(Parts {
            #[cfg(feature = "std")]
            tail: Cell::new(None),
            header: Header::new(),
            body: Body(MaybeUninit::zeroed()),
        }))
    }

    /// What bodies are aligned to.
    const ALIGN: usize = {
        let bits = (Slots::FIRST + TAIL + BODY) | size_of::<Self>() | MOST_ALIGNED;
        1 << bits.trailing_zeros()
    };

    /// Whether a future of this type, and then its output, fits.
    #[cfg_attr(not(feature = "alloc"), allow(dead_code))]
    pub(crate) const fn fits<F: Future>() -> bool {
        size_of::<F>() <= BYTES && size_of::<F::Output>() <= BYTES && Self::aligns::<F>()
    }

    const fn aligns<F: Future>() -> bool {
        align_of::<F>() <= Self::ALIGN && align_of::<F::Output>() <= Self::ALIGN
    }

    /// Does not compile if a future of this type, or its output, does not fit. The compiler's message
    /// gives both sizes, and shows the line in here that they belong to.
    #[allow(clippy::no_effect, unconditional_panic)]
    pub(crate) const fn assert_fits<F: Future>() {
        let slot = [(); BYTES];
        if size_of::<F>() > BYTES {
            slot[size_of::<F>()] // The future is larger than a slot: raise BYTES, or use a `Storage`.
        }
        if size_of::<F::Output>() > BYTES {
            slot[size_of::<F::Output>()] // The output is larger than a slot: raise BYTES, or box it.
        }
        assert!(
            Self::aligns::<F>(),
            "wakeful: the future or its output needs a larger alignment than a slot has. Where \
             pointers have 8 bytes, it is 16. Where they have 4, it is 8 if BYTES is 4 more than a \
             multiple of 8 (20, 60, 252), and otherwise 4: change BYTES, or box what needs more"
        );
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
    pub(crate) unsafe fn from_ptr(header: NonNull<()>) -> Self {
        Self(header.cast())
    }

    /// What a waker carries.
    pub(crate) fn as_ptr(self) -> NonNull<()> {
        self.0.cast()
    }

    pub(crate) fn node_ref(self) -> NodeRef {
        // SAFETY: the node must live for ever. It is the header's first field (Static).
        unsafe { NodeRef::new(self.0.cast()) }
    }

    /// Where the future or its output lies.
    pub(crate) fn body<T>(self) -> *mut T {
        self.0.as_ptr().wrapping_byte_add(BODY).cast()
    }

    /// Where the waker of another executor that awaits this task is kept: on a host in the slot,
    /// otherwise in one place that all tasks share.
    #[cfg(feature = "std")]
    pub(crate) fn foreign(&self) -> &Cell<Option<core::task::Waker>> {
        let tail = self.0.as_ptr().wrapping_byte_sub(TAIL).cast();
        // SAFETY: a reference needs a living target. A task's slot has a tail there (Static), and only
        // the owner uses it (Owner calls). Main has none, and no handle that would ask for it.
        unsafe { &*tail }
    }

    /// Moves a future in.
    ///
    /// # Safety
    /// The slot was claimed, and nothing has been moved in since. The future and its output fit into
    /// it and need no larger alignment, and the step was compiled for `F`.
    #[inline(always)]
    pub(crate) unsafe fn fill<F>(self, future: F, step: Step) {
        // SAFETY: a write needs room, alignment, and that nobody uses what lies there. The caller
        // vouches for the first two, and the slot is vacant.
        unsafe { self.body::<F>().write(future) };
        self.step.set(Some(step));
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
        let unwind = ResetOnUnwind(core);
        // SAFETY: a step needs its future, which nobody uses. The future is there, and what was
        // `current` has returned, since there is one driver (Step says).
        unsafe { step(self, Op::Poll) };
        core::mem::forget(unwind);
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

/// The task has panicked, and so it has ended: nothing is left to do after the poll.
struct ResetOnUnwind(CoreRef);

impl Drop for ResetOnUnwind {
    fn drop(&mut self) {
        self.0.current.set(None);
        self.0.after_poll.set(None);
    }
}

/// The step while the future is being dropped. It does nothing.
///
/// # Safety
/// It asks for nothing: it is unsafe because steps are.
unsafe fn dropping(_: SlotRef, _: Op) {}
