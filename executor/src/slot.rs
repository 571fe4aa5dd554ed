//! A slot: header, body, and how the one is found from the other.
//!
//! ```text
//!   Executor<TASKS, BYTES>, one static, all zeros
//!   ┌──────┬────────┬────────┬─ ─ ─┬────────┬────────┬────────┬─ ─ ─
//!   │ Core │ main   │ header │     │ header │ body   │ body   │
//!   │      │ header │   1    │     │ TASKS  │   1    │   2    │
//!   └──────┴────────┴────────┴─ ─ ─┴────────┴────────┴────────┴─ ─ ─
//! ```
//!
//! Headers lie together, apart from the bodies: waking many tasks touches few cache lines, and a
//! header's address, its number and the core's address follow from each other by a constant, so a
//! waker carries one pointer and a slot stores none.
//!
//! # Who may touch which field when
//!
//! | field | written by | read by |
//! |---|---|---|
//! | `step` | owner, at spawn | owner |
//! | `link` | owner, before the slot's first tenant | anyone with a waker |
//! | `joiner` | owner | owner |
//! | `node.next`, `node.mark` | who finds it unqueued; owner after taking the chain | the same |
//! | `node.ready_next` | owner | owner |
//! | `node.byte`, the [`Life`] | owner | owner |
//! | the body | owner, by its phase | owner |
//!
//! # Invariants
//! - **Static**: an executor is never moved or freed once it is taken, so a pointer to it, its
//!   headers or bodies is valid for ever.
//! - **Whole pointer**: every such pointer is derived from a pointer to the whole executor, so that
//!   arithmetic between core, headers and bodies stays inside one allocation and its provenance.
//! - **Phase says**: the body holds a future of the type that `step` was made for in phases `Idle`
//!   and `Polling`, that future's output in `Done`, and nothing that anyone may touch otherwise.

#![allow(unsafe_code)] // Pointers to slots, and the erased futures in them.

use core::cell::{Cell, UnsafeCell};
use core::future::Future;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Deref;
use core::ptr::NonNull;
use core::task::Waker;

use crate::atomic::Index;
use crate::inbox::{FIRST, UNIT, index_of};
use crate::life::Life;
use crate::observe::Serial;
use crate::queue::{Node, Nodes};
use crate::runs_list::WaitList;
use crate::scheduler::Core;

/// Polls the future in a slot (whether it finished), or drops what lies there.
pub(crate) type Step = unsafe fn(HeaderRef, *mut (), Act) -> bool;

/// What a step is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Poll the future.
    Poll,
    /// Drop the future, or in phase `Done` the output.
    Drop,
}

/// What a slot costs besides its future: 12 bytes where pointers have 4.
#[repr(C)]
pub(crate) struct Header {
    /// First, so that a waker's data points to what a wake changes.
    pub(crate) node: Node,
    link: Cell<Index>,
    /// Whom to wake at the end, as a link; in a vacant slot, the next of the free list.
    pub(crate) joiner: Cell<Index>,
    step: Cell<Option<Step>>,
    pub(crate) serial: Serial,
}

const _: () = assert!(
    cfg!(any(
        target_pointer_width = "64",
        feature = "std",
        feature = "observe"
    )) || size_of::<Header>() == 12
);

/// With 8-byte pointers a body always has room for a joiner's waker. Where RAM is scarce the waker
/// lives in what the future leaves free. `--cfg wakeful_no_tail` has a host do likewise, so that
/// what follows from it is tested there.
const TAIL_WORDS: usize = if cfg!(all(target_pointer_width = "64", not(wakeful_no_tail))) {
    2
} else {
    0
};

/// A slot's bytes. One cell around all of them: the tail may reach into what alignment adds.
#[repr(transparent)]
pub(crate) struct Body<const BYTES: usize>(UnsafeCell<Room<BYTES>>);

/// Room for a future or its output, and the tail.
#[repr(C)]
#[cfg_attr(target_pointer_width = "64", repr(align(16)))]
#[cfg_attr(not(target_pointer_width = "64"), repr(align(8)))]
struct Room<const BYTES: usize>(MaybeUninit<[u8; BYTES]>, [MaybeUninit<usize>; TAIL_WORDS]);

impl Header {
    pub(crate) const fn new() -> Self {
        Self {
            node: Node::new(),
            link: Cell::new(0),
            joiner: Cell::new(0),
            step: Cell::new(None),
            serial: Serial::new(),
        }
    }

    /// The slot's life.
    #[inline(always)]
    pub(crate) fn life(&self) -> Life {
        Life(self.node.byte.get())
    }

    /// Sets the slot's life.
    #[inline(always)]
    pub(crate) fn set_life(&self, life: Life) {
        self.node.byte.set(life.0);
    }

    /// Takes the slot's life through a transition.
    #[inline(always)]
    pub(crate) fn live<R>(&self, transition: impl FnOnce(&mut Life) -> R) -> R {
        let mut life = self.life();
        let outcome = transition(&mut life);
        self.set_life(life);
        outcome
    }

    /// The slot's number: 0 is the main future's.
    #[allow(dead_code)] // Only observers ask.
    pub(crate) fn index(&self) -> Index {
        index_of(self.link.get())
    }

    /// How others link to this slot.
    #[inline(always)]
    pub(crate) fn link(&self) -> Index {
        self.link.get()
    }

    /// Numbers the slot, before its first tenant.
    #[inline(always)]
    pub(crate) fn number(&self, link: Index) {
        self.link.set(link);
    }

    /// What to call for the tenant.
    ///
    /// # Safety
    /// The slot has, or had, a tenant.
    #[inline(always)]
    unsafe fn step(&self) -> Step {
        // SAFETY: it was set before the first tenant moved in, and never unset.
        unsafe { self.step.get().unwrap_unchecked() }
    }

    /// Says what to call for the tenant, just before it becomes one.
    pub(crate) fn set_step(&self, step: Step) {
        self.step.set(Some(step));
    }
}

impl<const BYTES: usize> Body<BYTES> {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(Room(
            MaybeUninit::zeroed(),
            [MaybeUninit::zeroed(); TAIL_WORDS],
        )))
    }

    /// Whether a future of type `F`, and then its output, fits.
    pub(crate) const fn fits<F: Future>() -> bool {
        size_of::<F>() <= BYTES && size_of::<F::Output>() <= BYTES
    }

    /// Whether a box of that future, and then its output, fits.
    #[cfg(feature = "alloc")]
    pub(crate) const fn fits_boxed<F: Future>() -> bool {
        let aligned = align_of::<F::Output>() <= align_of::<Self>();
        size_of::<*mut F>() <= BYTES && size_of::<F::Output>() <= BYTES && aligned
    }

    /// Whether both are aligned in it.
    pub(crate) const fn aligns<F: Future>() -> bool {
        align_of::<F>() <= align_of::<Self>() && align_of::<F::Output>() <= align_of::<Self>()
    }

    /// Whether a waker fits behind either.
    pub(crate) const fn has_tail<F: Future>() -> bool {
        let (future, output) = (size_of::<F>(), size_of::<F::Output>());
        let larger = if future > output { future } else { output };
        larger + size_of::<Waker>() <= size_of::<Self>()
    }
}

/// A pointer to a slot's header, good for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderRef(NonNull<Header>);

/// A pointer to an executor's core, good for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CoreRef(NonNull<Core>);

/// From the core to the main future's header, behind which the others lie without a gap.
const MAIN: usize = offset_of!(Core, main);
const _: () = assert!(size_of::<Core>() == MAIN + size_of::<Header>());

/// How far the headers of neighbouring links would be apart; of `UNIT` of them, one is a slot's.
const STEP: usize = size_of::<Header>() / UNIT as usize;
const _: () = assert!(size_of::<Header>().is_multiple_of(UNIT as usize));

/// From the core to where the header of link 0 would be, so that a header is found from its link,
/// and the core from a header, by one multiplication and one addition.
const ZERO: usize = MAIN - FIRST as usize * STEP;

impl CoreRef {
    /// # Safety
    /// `core` is derived from a pointer to a whole executor that is never moved or freed, and whose
    /// headers and bodies lie as drawn above.
    pub(crate) unsafe fn new(core: NonNull<Core>) -> Self {
        Self(core)
    }

    /// The list of runs.
    pub(crate) fn listed(self) -> &'static WaitList {
        // SAFETY: a reference for ever needs a target that lives for ever (Static), of which nobody
        // has an exclusive one: as for `Deref`.
        &unsafe { self.0.as_ref() }.listed
    }

    /// The header that a link names.
    #[inline(always)]
    pub(crate) fn linked(self, link: Index) -> HeaderRef {
        // SAFETY: a pointer must stay in its allocation. Links come from headers, whose numbers are
        // at most the capacity, so this one does (Whole pointer).
        let header = unsafe { self.0.byte_add(ZERO + link as usize * STEP) };
        HeaderRef(header.cast())
    }

    /// The body of a task's slot.
    #[inline(always)]
    pub(crate) fn body(self, header: HeaderRef) -> *mut () {
        self.body_of(header.link())
    }

    /// The body of the task's slot that a link names.
    #[inline(always)]
    fn body_of(self, link: Index) -> *mut () {
        let offset = link as usize * self.stride.get();
        // The wrapping addition needs no promise here; the pointer is used under `Phase says`.
        self.bodies.get().wrapping_byte_add(offset)
    }

    /// Where the body's tail keeps a joiner's waker.
    pub(crate) fn tail(self, header: HeaderRef) -> *mut Waker {
        let end = self
            .body(header)
            .wrapping_byte_add(UNIT as usize * self.stride.get());
        end.cast::<Waker>().wrapping_sub(1)
    }

    /// Polls the task in the slot, whose link the caller has at hand; whether it finished.
    ///
    /// # Safety
    /// The link is the slot's. The slot is in phase `Polling`, and nobody else polls or drops its future.
    #[inline(always)]
    pub(crate) unsafe fn poll(self, header: HeaderRef, link: Index) -> bool {
        let body = self.body_of(link);
        // SAFETY: a step may run only on what it was made for; the caller says that the future is
        // there, and it was written together with this step (Phase says).
        let step = unsafe { header.step() };
        // SAFETY: as above.
        unsafe { step(header, body, Act::Poll) }
    }

    /// Drops the future, or in phase `Done` the output, that lies in the slot.
    ///
    /// # Safety
    /// One of them does, and nobody else polls or drops it.
    pub(crate) unsafe fn drop_content(self, header: HeaderRef) {
        let body = self.body(header);
        // SAFETY: as in `poll`.
        let step = unsafe { header.step() };
        // SAFETY: as above.
        unsafe { step(header, body, Act::Drop) };
    }
}

impl Deref for CoreRef {
    type Target = Core;

    #[inline(always)]
    fn deref(&self) -> &Core {
        // SAFETY: a reference needs a valid, living target. An executor is never freed (Static),
        // and its fields are cells and atomics, which allow shared access.
        unsafe { self.0.as_ref() }
    }
}

impl Nodes for CoreRef {
    #[inline(always)]
    fn node(&self, link: Index) -> &Node {
        // SAFETY: as for `Deref`; the node lives as long as its header: for ever.
        &unsafe { self.linked(link).0.as_ref() }.node
    }
}

impl HeaderRef {
    /// The header behind a waker's data.
    ///
    /// # Safety
    /// `data` came from [`as_ptr`](Self::as_ptr).
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(data: *const ()) -> Self {
        // SAFETY: it came from a non-null pointer.
        Self(unsafe { NonNull::new_unchecked(data.cast_mut().cast()) })
    }

    /// What a waker carries.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *const () {
        self.0.as_ptr().cast_const().cast()
    }

    /// The executor's core.
    #[inline(always)]
    pub(crate) fn core(self) -> CoreRef {
        let offset = ZERO + self.link() as usize * STEP;
        // SAFETY: a pointer must stay in its allocation. This goes back to where `CoreRef::linked`
        // came from (Whole pointer).
        CoreRef(unsafe { self.0.byte_sub(offset) }.cast())
    }
}

impl Deref for HeaderRef {
    type Target = Header;

    #[inline(always)]
    fn deref(&self) -> &Header {
        // SAFETY: as for `CoreRef`.
        unsafe { self.0.as_ref() }
    }
}
