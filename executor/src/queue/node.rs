//! A node: what a slot, or a child of a group, needs to be queued.

#![allow(unsafe_code)] // Follows pointers that are valid for ever.

use core::cell::Cell;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use crate::atomic::Ordering::Relaxed;
use crate::atomic::{AtomicIndex, AtomicPtr};
use crate::state::{Index, State};

/// The bit of a tag that says that the slot is queued: see `inbox`. Without an inbox there is none.
pub(super) const MARK: Index = cfg!(any(feature = "std", not(feature = "critical-section"))) as _;

/// What a queue keeps in each slot.
#[repr(C)]
pub(crate) struct Node {
    /// The payload, which is even, and [`MARK`].
    pub(super) tag: AtomicIndex,
    /// The slot's state. It is here because it fits here.
    pub(crate) state: Cell<State>,
    /// The next in the inbox.
    #[cfg(any(feature = "std", not(feature = "critical-section")))]
    pub(super) next: AtomicPtr<Node>,
    /// The next in the list.
    #[cfg(any(feature = "std", feature = "critical-section"))]
    pub(super) listed: AtomicPtr<Node>,
}

impl Node {
    pub(crate) const fn new(payload: Index) -> Self {
        Self {
            tag: AtomicIndex::new(payload),
            state: Cell::new(State::NO_HANDLE),
            #[cfg(any(feature = "std", not(feature = "critical-section")))]
            next: AtomicPtr::new(ptr::null_mut()),
            #[cfg(any(feature = "std", feature = "critical-section"))]
            listed: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The even number that was stored with the node: a slot's distance, a child's index times two.
    pub(crate) fn payload(&self) -> Index {
        // Relaxed: it does not change once anyone else has a pointer to the node.
        self.tag.load(Relaxed) & !MARK
    }

    /// Stores an even number with the node, before anyone else has a pointer to it.
    pub(crate) fn set_payload(&self, payload: Index) {
        self.tag.store(payload, Relaxed);
    }
}

/// A pointer to a node, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRef(NonNull<Node>);

/// A pointer that leads to no node.
pub(super) const ONE: *mut Node = ptr::without_provenance_mut(1);

impl NodeRef {
    /// # Safety
    /// The node is never moved nor freed, and the pointer may be used for as long.
    pub(crate) unsafe fn new(node: NonNull<Node>) -> Self {
        Self(node)
    }

    /// The node that a link leads to.
    ///
    /// # Safety
    /// The link is null, [`ONE`], or a `NodeRef`'s pointer.
    pub(super) unsafe fn from_link(link: *mut Node) -> Option<Self> {
        // SAFETY: the pointer must not be null.
        (link.addr() > 1).then(|| Self(unsafe { NonNull::new_unchecked(link) }))
    }

    pub(crate) fn as_ptr(self) -> NonNull<Node> {
        self.0
    }
}

impl Deref for NodeRef {
    type Target = Node;

    fn deref(&self) -> &Node {
        // SAFETY: a reference needs a living target. The node is never freed (`new`).
        unsafe { self.0.as_ref() }
    }
}
