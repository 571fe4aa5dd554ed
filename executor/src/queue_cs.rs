//! The queue of woken slots under a critical section: a list with two ends.
//!
//! Chosen by feature `critical-section`. It is the smallest of the three queues, and the only one for
//! processors without compare-and-swap. A push and a pop mask interrupts for a few instructions; how
//! is up to the program, which links an implementation of the `critical-section` crate. The
//! interface is that of `queue_atomic`.
//!
//! # Invariants
//! - **Masked**: every access to a node and to the list happens inside `critical_section::with`. So no
//!   two of them overlap, and each sees what the one before it wrote.

#![allow(unsafe_code)] // Follows pointers between slots.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use crate::parent_waker::{ParentWaker, Pushed};
use crate::state::{Index, State};

/// What the queue keeps in each slot.
#[repr(C)]
pub(crate) struct Node {
    /// Null: the slot is not queued.
    next: Cell<*mut Node>,
    /// It does not change once anyone else has a pointer to the node.
    payload: Cell<Index>,
    /// The slot's state. It is only here because it fits here.
    state: Cell<State>,
}

/// A pointer to a node, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRef(NonNull<Node>);

/// The newest slot's `next`.
const END: *mut Node = ptr::without_provenance_mut(1);
/// No smaller address is a node's.
const FIRST: usize = 4;

impl Node {
    pub(crate) const fn new(payload: Index) -> Self {
        Self {
            next: Cell::new(ptr::null_mut()),
            payload: Cell::new(payload),
            state: Cell::new(State::NO_HANDLE),
        }
    }

    #[inline(always)]
    pub(crate) fn state(&self) -> &Cell<State> {
        &self.state
    }

    #[inline(always)]
    pub(crate) fn payload(&self) -> Index {
        self.payload.get()
    }

    #[inline(always)]
    pub(crate) fn set_payload(&self, payload: Index) {
        self.payload.set(payload);
    }

    #[inline(always)]
    pub(crate) fn mark(&self) -> Option<Index> {
        Some(self.payload.get())
    }
}

impl NodeRef {
    /// # Safety
    /// The node is never moved nor freed, and the pointer may be used for as long.
    #[inline(always)]
    pub(crate) unsafe fn new(node: NonNull<Node>) -> Self {
        Self(node)
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> NonNull<Node> {
        self.0
    }

    #[inline(always)]
    fn next(&self) -> &Cell<*mut Node> {
        // SAFETY: a reference needs a living target. The node is never freed (`new`), and the cell
        // is used by one at a time (Masked).
        &unsafe { self.0.as_ref() }.next
    }
}

/// How to wake the parent.
pub(crate) type Notify = fn(&Queue);

/// Woken slots, from the oldest to the newest.
pub(crate) struct Queue {
    /// `END` or null: the list is empty.
    oldest: Cell<*mut Node>,
    newest: Cell<*mut Node>,
    /// Set while the executor is parked.
    notify: Cell<Option<Notify>>,
    pub(crate) parent: ParentWaker,
}

#[inline(always)]
fn masked<R>(work: impl FnOnce() -> R) -> R {
    critical_section::with(|_| work())
}

/// The node that a pointer of the list names, if any.
#[inline(always)]
fn at(pointer: *mut Node) -> Option<NodeRef> {
    if pointer.addr() < FIRST {
        return None;
    }
    // SAFETY: the pointer must not be null, and must be a node's. Lists hold nothing else (`push`).
    Some(NodeRef(unsafe { NonNull::new_unchecked(pointer) }))
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            oldest: Cell::new(ptr::null_mut()),
            newest: Cell::new(ptr::null_mut()),
            notify: Cell::new(None),
            parent: ParentWaker::new(),
        }
    }

    /// The calling thread becomes the owner. Zeros are an empty queue, so there is nothing to do.
    pub(crate) fn set_up(&self) {}

    /// The calling thread is the owner no longer.
    pub(crate) fn disown(&self) {}

    /// Queues the slot unless it is queued.
    #[inline(always)]
    pub(crate) fn push(&self, node: NodeRef) -> Pushed<Notify> {
        masked(|| {
            let is_new = node.next().get().is_null();
            if is_new {
                node.next().set(END);
                if self.oldest.get().addr() < FIRST {
                    self.oldest.set(node.0.as_ptr());
                } else {
                    // SAFETY: the pointer must be a node's. Where there is an oldest, there is a
                    // newest.
                    let newest = NodeRef(unsafe { NonNull::new_unchecked(self.newest.get()) });
                    newest.next().set(node.0.as_ptr());
                }
                self.newest.set(node.0.as_ptr());
            }
            Pushed {
                is_new,
                notify: self.notify.get(),
            }
        })
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<NodeRef> {
        masked(|| {
            let oldest = at(self.oldest.get())?;
            self.oldest.set(oldest.next().replace(ptr::null_mut()));
            Some(oldest)
        })
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<NodeRef> {
        masked(|| at(self.oldest.get()).and(at(self.newest.get())))
    }

    /// Whether nothing is queued.
    pub(crate) fn is_empty(&self) -> bool {
        masked(|| at(self.oldest.get()).is_none())
    }

    /// Has the next push give `notify`. `false`: something is queued.
    pub(crate) fn park(&self, notify: Notify) -> bool {
        masked(|| {
            let is_empty = at(self.oldest.get()).is_none();
            if is_empty {
                self.notify.set(Some(notify));
            }
            is_empty
        })
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster, and wakes the parent.
    pub(crate) fn unpark(&self) -> bool {
        masked(|| self.notify.take().is_some())
    }

    /// Whether the caller, to whom a push gave `notify`, is the one to wake the parent: the first is.
    pub(crate) fn may_notify(&self) -> bool {
        self.unpark()
    }
}
