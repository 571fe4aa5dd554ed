//! A node: what a slot, or a child of a group, needs to be queued.

#![allow(unsafe_code)] // Follows pointers that are valid for ever.

use core::cell::Cell;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use crate::atomic::AtomicPtr;
use crate::state::{Index, State};

/// A tag is the payload, which is even, and the inbox's mark.
#[cfg(any(feature = "std", not(feature = "critical-section")))]
pub(super) type Tag = crate::atomic::AtomicIndex;
/// The bit of a tag that says that the slot is queued: see `inbox`.
#[cfg(any(feature = "std", not(feature = "critical-section")))]
pub(super) const MARK: Index = 1;
/// Without an inbox, a tag does not change once anyone else has a pointer to the node.
#[cfg(not(any(feature = "std", not(feature = "critical-section"))))]
pub(super) type Tag = Cell<Index>;

/// What a queue keeps in each slot.
#[repr(C)]
pub(crate) struct Node {
    pub(super) tag: Tag,
    /// The slot's state. It is here because it fits here.
    pub(crate) state: Cell<State>,
    /// The next in the inbox, or in the list where there is no inbox.
    pub(super) next: AtomicPtr<Node>,
    /// The next in the ready list, where there is an inbox, too.
    #[cfg(feature = "std")]
    pub(super) ready: AtomicPtr<Node>,
}

impl Node {
    pub(crate) const fn new(payload: Index) -> Self {
        Self {
            tag: Tag::new(payload),
            state: Cell::new(State::NO_HANDLE),
            next: AtomicPtr::new(ptr::null_mut()),
            #[cfg(feature = "std")]
            ready: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The even number that was stored with the node: a slot's distance, a child's index times two.
    #[cfg(any(feature = "std", not(feature = "critical-section")))]
    pub(crate) fn payload(&self) -> Index {
        // Relaxed: it does not change once anyone else has a pointer to the node.
        self.tag.load(crate::atomic::Ordering::Relaxed) & !MARK
    }

    /// Stores an even number with the node, before anyone else has a pointer to it.
    #[cfg(any(feature = "std", not(feature = "critical-section")))]
    pub(crate) fn set_payload(&self, payload: Index) {
        self.tag.store(payload, crate::atomic::Ordering::Relaxed);
    }

    /// The same without an inbox.
    #[cfg(not(any(feature = "std", not(feature = "critical-section"))))]
    pub(crate) fn payload(&self) -> Index {
        self.tag.get()
    }

    /// The same without an inbox.
    #[cfg(not(any(feature = "std", not(feature = "critical-section"))))]
    pub(crate) fn set_payload(&self, payload: Index) {
        self.tag.set(payload);
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

    pub(super) fn link(self) -> *mut Node {
        self.0.as_ptr()
    }
}

impl Deref for NodeRef {
    type Target = Node;

    fn deref(&self) -> &Node {
        // SAFETY: a reference needs a living target. The node is never freed (`new`).
        unsafe { self.0.as_ref() }
    }
}
