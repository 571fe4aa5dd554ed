//! A list of nodes with two ends, which one thread at a time uses.
//!
//! A node's link is null while it is in no list, so the link is also the mark "listed".

#![allow(unsafe_code)] // Follows links, which lead to nodes that live for ever.

use core::cell::Cell;
use core::ptr;

use super::Pushed;
use super::node::{Node, NodeRef, ONE};
use crate::atomic::Ordering::Relaxed;

/// Null, so that it is what a list begins with.
const PARKED: *mut Node = ptr::null_mut();
/// The newest node's link; and what follows the newest node when it is popped.
const END: *mut Node = ONE;

/// Nodes, from the oldest to the newest. Links are only loaded and stored, which is plain memory on
/// every processor.
pub(super) struct List {
    /// `PARKED` or `END`: the list is empty.
    oldest: Cell<*mut Node>,
    /// The node that was pushed last, if the list is not empty.
    newest: Cell<Option<NodeRef>>,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { oldest: Cell::new(PARKED), newest: Cell::new(None) }
    }

    /// Appends a node, unless it is listed.
    pub(super) fn push(&self, node: NodeRef) -> Pushed {
        let is_new = node.listed.load(Relaxed).is_null();
        // No node is listed in a parked list.
        let was_parked = self.oldest.get() == PARKED;
        if is_new {
            node.listed.store(END, Relaxed);
            match self.newest() {
                Some(newest) => newest.listed.store(node.as_ptr().as_ptr(), Relaxed),
                None => self.oldest.set(node.as_ptr().as_ptr()),
            }
            self.newest.set(Some(node));
        }
        Pushed { is_new, was_parked }
    }

    /// Removes the oldest node.
    pub(super) fn pop(&self) -> Option<NodeRef> {
        // SAFETY: it is `PARKED`, `END`, or a node that was pushed.
        let oldest = unsafe { NodeRef::from_link(self.oldest.get()) }?;
        self.oldest.set(oldest.listed.load(Relaxed));
        oldest.listed.store(ptr::null_mut(), Relaxed);
        Some(oldest)
    }

    /// The newest node.
    pub(super) fn newest(&self) -> Option<NodeRef> {
        // SAFETY: there must be some. The list is not empty, so a node was pushed.
        (!self.is_empty()).then(|| unsafe { self.newest.get().unwrap_unchecked() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.oldest.get().addr() <= END.addr()
    }

    /// Has the next push say that the list was parked. `false`: the list is not empty.
    #[cfg(not(feature = "std"))]
    pub(super) fn park(&self) -> bool {
        self.is_empty() && {
            self.oldest.set(PARKED);
            true
        }
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster.
    #[cfg(not(feature = "std"))]
    pub(super) fn unpark(&self) -> bool {
        self.oldest.get() == PARKED && {
            self.oldest.set(END);
            true
        }
    }
}
