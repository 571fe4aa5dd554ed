//! The queue of woken slots, with two doors: a wake from the executor's own thread links the slot
//! into a plain list, without one atomic read-modify-write; every other wake takes the inbox.
//!
//! Chosen by feature `std`, where threads have an identity that costs one load to ask for.
//!
//! # Terms
//! - *local door*: the ready list, a singly linked FIFO that only the owner touches.
//! - *remote door*: the [`Inbox`].
//! - *owner*: the thread that took the executor.
//! - *shut*: the local door while the owner is inside it: the word that names the owner names
//!   nobody. A signal handler that interrupts the owner there does not find itself named and takes
//!   the remote door, so a wake is allowed in handlers too.
//!
//! # Invariants
//! - **Owner's list**: the ready list, `ready_next` and `is_ready` are touched by the owner alone,
//!   and only with the door shut.
//! - **Own links**: the two doors use different links and marks. A slot may wait in both; emptying
//!   the inbox then finds it ready already, so it is polled once.
//! - **Order**: whatever lies in the inbox when the owner pushes or pops is moved to the list
//!   first. So a wake that happened before another is queued before it, through whichever doors.
//!
//! # Orderings
//! Emptying the inbox clears each mark by an acquiring read-modify-write, before the slot's poll:
//! see `inbox`. `owner` is relaxed: a thread asks only whether it is itself named, and it sees its own
//! writes; a signal handler runs on the thread it interrupts, and compiler fences keep the list's
//! accesses inside the shut door.
//!
//! # Why a parked owner is not a case of its own
//! A local wake can come while the executor is parked: the reactor wakes tasks between two polls
//! of the run. It then takes `PARKED` out of the inbox itself, and the parent is told by whoever
//! did that, as with a push.

use core::cell::Cell;

use crate::atomic::{AtomicBool, AtomicIndex, AtomicUsize, Index, Ordering};
use crate::inbox::{END, FIRST, Inbox, Pushed};
use crate::thread::{compiler_fence, here};

/// "This slot is woken and has not been polled since."
pub(crate) struct Mark(AtomicBool);

impl Mark {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets the mark; `true` if it was clear, so that the caller is the slot's one pusher.
    #[inline(always)]
    pub(crate) fn set(&self) -> bool {
        // Release: pairs with `clear`. Acquire: a pusher must see the previous pusher's chain gone.
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Clears the mark; what was done before every wake so far is now visible.
    #[inline(always)]
    pub(crate) fn clear(&self) {
        // Acquire: pairs with the `set` of each waker, also of those that found the mark set.
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Whether the mark is set; a hint to other threads, the truth about one's own wakes.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the queue keeps in each slot.
pub(crate) struct Node {
    pub(crate) next: AtomicIndex,
    pub(crate) ready_next: Cell<Index>,
    pub(crate) mark: Mark,
    pub(crate) is_ready: Cell<bool>,
    /// A byte for the slot's owner, here because it fits beside the marks.
    pub(crate) byte: Cell<u8>,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            next: AtomicIndex::new(END),
            ready_next: Cell::new(END),
            mark: Mark::new(),
            is_ready: Cell::new(false),
            byte: Cell::new(0),
        }
    }

    /// Whether the slot is queued, as far as this thread can know.
    pub(crate) fn is_queued(&self) -> bool {
        self.mark.is_set() || self.is_ready.get()
    }
}

/// How the queue finds a slot's node by its link.
pub(crate) trait Nodes: Copy {
    /// The node of the slot whose link this is.
    fn node(&self, link: Index) -> &Node;
}

/// Woken slots in the order in which they were woken.
pub(crate) struct Queue {
    pub(crate) inbox: Inbox,
    pub(crate) head: Cell<Index>,
    pub(crate) tail: Cell<Index>,
    /// The thread that took the executor, or 0, which is no thread, while it is inside.
    pub(crate) owner: AtomicUsize,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            head: Cell::new(END),
            tail: Cell::new(END),
            owner: AtomicUsize::new(0),
        }
    }

    /// The calling thread becomes the owner.
    pub(crate) fn adopt(&self) {
        self.inbox.adopt();
        self.owner.store(here(), Ordering::Relaxed);
    }

    /// Queues the slot unless it is queued already. From any thread or signal handler.
    #[inline]
    pub(crate) fn wake(&self, node: &Node, nodes: impl Nodes, link: Index) -> Option<Pushed> {
        if self.owner.load(Ordering::Relaxed) != here() {
            return node.mark.set().then(|| self.push(link, &node.next));
        }
        // Nothing came from elsewhere, and nobody is to be told: the rule by far. What is not the
        // rule is out of line as a whole, so that this path saves no registers for it.
        let is_plain = self.behind_shut_door(|| {
            let is_plain = self.inbox.is_quiet() && !node.is_ready.get();
            if is_plain {
                self.push_ready(node, nodes, link);
            }
            is_plain
        });
        if is_plain {
            Some(Pushed::Running)
        } else {
            self.wake_here(node, nodes, link)
        }
    }

    /// Leaves the slot, whose mark the caller has just set, in the inbox.
    fn push(&self, link: Index, next: &AtomicIndex) -> Pushed {
        loop {
            let found = self.inbox.newest();
            // Relaxed: published by the push.
            next.store(found, Ordering::Relaxed);
            if let Some(pushed) = self.inbox.push(link, found) {
                return pushed;
            }
        }
    }

    /// Any wake by the owner.
    #[cold]
    #[inline(never)]
    fn wake_here(&self, node: &Node, nodes: impl Nodes, link: Index) -> Option<Pushed> {
        let unparked = self.behind_shut_door(|| {
            if node.is_ready.get() {
                return None;
            }
            self.empty_inbox(nodes);
            // It may have lain there itself.
            if !node.is_ready.get() {
                self.push_ready(node, nodes, link);
            }
            Some(self.inbox.unpark())
        });
        unparked.map(|unparked| {
            if unparked {
                Pushed::WasParked
            } else {
                Pushed::Running
            }
        })
    }

    /// The slot that was woken first, with its mark cleared: from here on a wake counts anew.
    #[inline]
    pub(crate) fn pop(&self, nodes: impl Nodes) -> Option<Index> {
        self.behind_shut_door(|| {
            self.empty_inbox(nodes);
            let link = self.head.get();
            if link == END {
                return None;
            }
            let node = nodes.node(link);
            self.head.set(node.ready_next.get());
            node.is_ready.set(false);
            Some(link)
        })
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.head.get() == END && self.inbox.is_empty()
    }

    /// Has the next push tell; `false` if something is queued. Behind the shut door, because a
    /// signal handler that queued a slot between the two questions would tell nobody.
    pub(crate) fn park(&self) -> bool {
        self.behind_shut_door(|| self.head.get() == END && self.inbox.park())
    }

    /// How many slots the next turn has, counted up to `limit`.
    pub(crate) fn ready(&self, nodes: impl Nodes, limit: usize) -> usize {
        self.behind_shut_door(|| {
            self.empty_inbox(nodes);
            let (mut link, mut count) = (self.head.get(), 0);
            while link != END && count < limit {
                link = nodes.node(link).ready_next.get();
                count += 1;
            }
            count
        })
    }

    /// Drops from the queue each slot that `gone` says so of, with its mark cleared. `gone` sees
    /// the queued slots in order and must not touch the queue.
    pub(crate) fn sweep(&self, nodes: impl Nodes, mut gone: impl FnMut(Index) -> bool) {
        self.behind_shut_door(|| {
            self.empty_inbox(nodes);
            let mut link = self.head.replace(END);
            while link != END {
                let node = nodes.node(link);
                let next = node.ready_next.get();
                if gone(link) {
                    node.is_ready.set(false);
                } else {
                    self.push_ready(node, nodes, link);
                }
                link = next;
            }
        });
    }

    /// Runs `work`, which touches the list, so that no signal handler finds it half done. Only the
    /// owner comes here.
    #[inline(always)]
    fn behind_shut_door<R>(&self, work: impl FnOnce() -> R) -> R {
        self.owner.store(0, Ordering::Relaxed);
        compiler_fence();
        let result = work();
        compiler_fence();
        // Asked for anew, not kept from before: a load of what was just stored would put each time
        // through the door behind the last.
        self.owner.store(here(), Ordering::Relaxed);
        result
    }

    /// Appends to the list.
    #[inline(always)]
    fn push_ready(&self, node: &Node, nodes: impl Nodes, link: Index) {
        node.is_ready.set(true);
        node.ready_next.set(END);
        if self.head.get() == END {
            self.head.set(link);
        } else {
            nodes.node(self.tail.get()).ready_next.set(link);
        }
        self.tail.set(link);
    }

    /// Moves what came through the inbox to the end of the list, oldest first.
    #[inline(always)]
    fn empty_inbox(&self, nodes: impl Nodes) {
        if !self.inbox.is_empty() {
            self.empty_full_inbox(nodes);
        }
    }

    #[cold]
    fn empty_full_inbox(&self, nodes: impl Nodes) {
        let mut link = reverse(self.inbox.take(), nodes);
        while link != END {
            let node = nodes.node(link);
            // Relaxed: the chain was acquired when it was taken, and until its mark is cleared
            // nobody else writes this link.
            let next = node.next.load(Ordering::Relaxed);
            node.mark.clear();
            if !node.is_ready.get() {
                self.push_ready(node, nodes, link);
            }
            link = next;
        }
    }
}

/// Turns a chain round, so that the oldest comes first.
fn reverse(mut link: Index, nodes: impl Nodes) -> Index {
    let mut done = END;
    while link >= FIRST {
        let next = &nodes.node(link).next;
        let rest = next.load(Ordering::Relaxed);
        next.store(done, Ordering::Relaxed);
        done = link;
        link = rest;
    }
    done
}
