//! A list of nodes with two ends, which one thread at a time uses.
//!
//! A node's link is null while it is in no list, so the link is also the mark "listed".

#![allow(unsafe_code)] // Follows links, which lead to nodes that live for ever.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::node::{Node, NodeRef, ONE};
use crate::atomic::AtomicPtr;
use crate::atomic::Ordering::Relaxed;

/// The newest node's link.
const END: *mut Node = ONE;

/// Nodes, from the oldest to the newest. Links are only loaded and stored, which is plain memory on
/// every processor.
pub(super) struct List {
    /// Null or `END`: the list is empty.
    oldest: Cell<*mut Node>,
    /// The node that was pushed last.
    newest: Cell<*mut Node>,
}

impl List {
    pub(super) const fn new() -> Self {
        Self { oldest: Cell::new(ptr::null_mut()), newest: Cell::new(ptr::null_mut()) }
    }

    /// Appends a node. `false`: it is listed already.
    pub(super) fn push(&self, node: NodeRef) -> bool {
        if !link(&node).load(Relaxed).is_null() {
            return false;
        }
        link(&node).store(END, Relaxed);
        match self.newest() {
            Some(newest) => link(&newest).store(node.link(), Relaxed),
            None => self.oldest.set(node.link()),
        }
        self.newest.set(node.link());
        true
    }

    /// Removes the oldest node.
    pub(super) fn pop(&self) -> Option<NodeRef> {
        // SAFETY: it is null, `END`, or a node that was pushed.
        let oldest = unsafe { NodeRef::from_link(self.oldest.get()) }?;
        self.oldest.set(link(&oldest).load(Relaxed));
        link(&oldest).store(ptr::null_mut(), Relaxed);
        Some(oldest)
    }

    /// The newest node.
    pub(super) fn newest(&self) -> Option<NodeRef> {
        if self.is_empty() {
            return None;
        }
        // SAFETY: the pointer must not be null. The list is not empty, so a node was pushed.
        let newest = unsafe { NonNull::new_unchecked(self.newest.get()) };
        // SAFETY: the node must live for ever. It came from a `NodeRef`.
        Some(unsafe { NodeRef::new(newest) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.oldest.get().addr() <= END.addr()
    }
}

#[cfg(feature = "std")]
fn link(node: &Node) -> &AtomicPtr<Node> {
    &node.ready
}

#[cfg(not(feature = "std"))]
fn link(node: &Node) -> &AtomicPtr<Node> {
    &node.next
}
