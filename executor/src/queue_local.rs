//! The queue of woken slots on a host: a local list before the inbox.
//!
//! Chosen by feature `std`, where a thread can ask who it is. A wake from the executor's own thread
//! appends to a plain list and needs no atomic read-modify-write; any other wake goes through the
//! inbox. A yield takes 4.5 ns instead of 16 (`tests/peers`, row "yield"). The interface is that of
//! `queue_atomic`; `mark` does nothing, since only `push` knows which way a slot goes.
//!
//! # Terms
//! - *owner*: the thread that took the executor.
//! - *ready list*: slots that the owner woke or received from the inbox, oldest first.
//!
//! # Invariants
//! - **Owner's list**: only the owner touches the ready list and the nodes' `ready_next`.
//! - **Two links**: the ready list and the inbox use different links, so a slot may be in both. When
//!   the owner empties the inbox, it drops those that are in the ready list already.
//! - **Order**: the owner empties the inbox into the ready list before each push and each pop. So a
//!   wake that happened before another is queued before it, also if they came from two threads.
//!
//! # Orderings
//! `owner` is relaxed. A thread asks only whether it is the owner itself, and it sees its own writes:
//! it wrote the word when it became the owner, or cleared it when it ceased to be. Emptying the
//! inbox unmarks each slot, before its poll: see `inbox`.

#![allow(unsafe_code)] // Follows pointers between slots.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use crate::atomic::{AtomicUsize, Ordering};
use crate::inbox::{Inbox, Link, LinkRef};
use crate::parent_waker::{ParentWaker, Pushed};
use crate::state::{Index, State};
use crate::thread::here;

/// What the queue keeps in each slot.
#[repr(C)]
pub(crate) struct Node {
    /// First, so that a pointer to a link is a pointer to its node.
    link: Link,
    /// Null: the slot is not in the ready list.
    ready_next: Cell<*mut Node>,
}

/// A pointer to a node, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRef(NonNull<Node>);

/// The newest slot's `ready_next`.
const END: *mut Node = ptr::without_provenance_mut(1);
/// No smaller address is a node's.
const FIRST: usize = 4;

impl Node {
    pub(crate) const fn new(payload: Index) -> Self {
        Self {
            link: Link::new(payload),
            ready_next: Cell::new(ptr::null_mut()),
        }
    }

    #[inline(always)]
    pub(crate) fn state(&self) -> &Cell<State> {
        self.link.state()
    }

    #[inline(always)]
    pub(crate) fn payload(&self) -> Index {
        self.link.payload()
    }

    pub(crate) fn set_payload(&self, payload: Index) {
        self.link.set_payload(payload);
    }

    #[inline(always)]
    pub(crate) fn mark(&self) -> Option<Index> {
        Some(self.link.payload())
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
    fn link(self) -> LinkRef {
        // SAFETY: the link must live for ever. It is the node's first field, and the node does.
        unsafe { LinkRef::new(self.0.cast()) }
    }

    /// Its place in the ready list. Only for the owner (Owner's list).
    #[inline(always)]
    fn ready_next(&self) -> &Cell<*mut Node> {
        // SAFETY: a reference needs a living target. The node is never freed (`new`).
        &unsafe { self.0.as_ref() }.ready_next
    }
}

/// The node that a pointer of the ready list names, if any.
#[inline(always)]
fn at(pointer: *mut Node) -> Option<NodeRef> {
    if pointer.addr() < FIRST {
        return None;
    }
    // SAFETY: the pointer must not be null, and must be a node's. Lists hold nothing else (`append`).
    Some(NodeRef(unsafe { NonNull::new_unchecked(pointer) }))
}

/// How to wake the parent.
pub(crate) type Notify = fn(&Queue);

/// Woken slots.
pub(crate) struct Queue {
    inbox: Inbox,
    /// The ready list. `END` or null: it is empty.
    oldest: Cell<*mut Node>,
    newest: Cell<*mut Node>,
    /// The thread that took the executor.
    owner: AtomicUsize,
    notify: Cell<Option<Notify>>,
    pub(crate) parent: ParentWaker,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            oldest: Cell::new(ptr::null_mut()),
            newest: Cell::new(ptr::null_mut()),
            owner: AtomicUsize::new(0),
            notify: Cell::new(None),
            parent: ParentWaker::new(),
        }
    }

    /// The calling thread becomes the owner.
    pub(crate) fn set_up(&self) {
        self.owner.store(here(), Ordering::Relaxed);
    }

    /// The calling thread is the owner no longer.
    pub(crate) fn disown(&self) {
        self.owner.store(0, Ordering::Relaxed);
    }

    /// Queues the slot unless it is queued.
    #[inline(always)]
    pub(crate) fn push(&self, node: NodeRef) -> Pushed<Notify> {
        if self.owner.load(Ordering::Relaxed) != here() || !self.inbox.is_quiet() {
            return self.push_slowly(node);
        }
        Pushed {
            is_new: self.append(node),
            notify: None,
        }
    }

    /// A wake from another thread, or one that finds the inbox in use. Out of line, so that the fast
    /// path saves no registers.
    #[cold]
    #[inline(never)]
    fn push_slowly(&self, node: NodeRef) -> Pushed<Notify> {
        let (is_new, was_parked) = if self.owner.load(Ordering::Relaxed) == here() {
            self.empty_inbox();
            (self.append(node), self.inbox.unpark())
        } else {
            let is_new = node.link().link().mark().is_some();
            (is_new, is_new && self.inbox.push(node.link()))
        };
        Pushed {
            is_new,
            notify: if was_parked { self.notify.get() } else { None },
        }
    }

    /// The slot that was pushed first. From now on a wake queues it again.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<NodeRef> {
        if !self.inbox.is_quiet() {
            self.empty_inbox();
        }
        let oldest = at(self.oldest.get())?;
        self.oldest
            .set(oldest.ready_next().replace(ptr::null_mut()));
        Some(oldest)
    }

    /// The slot that was pushed last. A tick ends with it.
    pub(crate) fn newest(&self) -> Option<NodeRef> {
        self.empty_inbox();
        at(self.oldest.get()).and(at(self.newest.get()))
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        at(self.oldest.get()).is_none() && !self.inbox.has_slots()
    }

    /// Has the next push give `notify`. `false`: something is queued.
    pub(crate) fn park(&self, notify: Notify) -> bool {
        self.notify.set(Some(notify));
        at(self.oldest.get()).is_none() && self.inbox.park()
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster, and wakes the parent.
    pub(crate) fn unpark(&self) -> bool {
        self.inbox.unpark()
    }

    /// Whether the caller, to whom a push gave `notify`, is the one to wake the parent.
    pub(crate) fn may_notify(&self) -> bool {
        true
    }

    /// Appends to the ready list. `false`: the slot is in it already.
    #[inline(always)]
    fn append(&self, node: NodeRef) -> bool {
        if !node.ready_next().get().is_null() {
            return false;
        }
        node.ready_next().set(END);
        match at(self.oldest.get()).and(at(self.newest.get())) {
            Some(newest) => newest.ready_next().set(node.0.as_ptr()),
            None => self.oldest.set(node.0.as_ptr()),
        }
        self.newest.set(node.0.as_ptr());
        true
    }

    /// Moves what is in the inbox to the end of the ready list, oldest first.
    #[cold]
    #[inline(never)]
    fn empty_inbox(&self) {
        let mut chain = self.inbox.take();
        while let Some(link) = chain {
            // Read before unmarking: afterwards a wake may overwrite it.
            chain = link.next();
            link.unmark();
            // SAFETY: the node must live for ever. The link is the first field of one that does.
            let node = unsafe { NodeRef::new(link.as_ptr().cast()) };
            self.append(node);
        }
    }
}
