//! The queue of woken slots, with one door: every wake goes through the inbox.
//!
//! This is the room of targets without threads of `std`: the wake is the same few instructions from
//! the main loop, an interrupt or another core. A slot needs one link and one mark. The executor
//! takes the inbox's chain when the batch before it is used up, so a batch is a turn.
//!
//! # Terms
//! - *queued*: the slot's link is not [`END`]. It is set from the wake to [`Queue::pop`], and is all
//!   that a slot needs: there is no mark beside it.
//!
//! # Invariants
//! - **One place**: a slot is in the inbox's chain or in the batch, never in both, because it stays
//!   queued until [`Queue::pop`] hands it out.
//! - **Order**: the batch is older than everything in the inbox.
//!
//! # Orderings
//! A wake links a slot that is not queued to the rest of the chain, and the push publishes what
//! came before. Whoever finds it queued changes nothing, since links in a chain are odd and only
//! the lowest bit is set, but writes even so: this releases. From then on every change of that link
//! is a read-modify-write, so the release sequence goes on, past the pusher and the owner, up to
//! the one in `pop`, behind which the owner acquires. What was done before any of the wakes is
//! visible to the poll. A plain store in between, by a pusher that was interrupted, would end the
//! sequence.

use core::cell::Cell;

use crate::atomic::{AtomicIndex, Index, Ordering, fence};
use crate::inbox::{EMPTY, END, FIRST, Inbox, Pushed};

/// What the queue keeps in each slot.
pub(crate) struct Node {
    pub(crate) next: AtomicIndex,
    /// A byte for the slot's owner, here because it fits beside the link.
    pub(crate) byte: Cell<u8>,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            next: AtomicIndex::new(END),
            byte: Cell::new(0),
        }
    }

    /// Whether the slot is queued, as far as this thread can know.
    pub(crate) fn is_queued(&self) -> bool {
        self.next.load(Ordering::Relaxed) != END
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
    /// The oldest slot of the batch that is being worked off, linked oldest first.
    pub(crate) batch: Cell<Index>,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            batch: Cell::new(END),
        }
    }

    /// Begins. With one door it does not matter which thread this is.
    pub(crate) fn adopt(&self) {
        self.inbox.adopt();
    }

    /// With one door there is no shorter way: see [`wake`](Self::wake).
    #[inline(always)]
    pub(crate) fn wake_plainly(&self, _node: &Node, _nodes: impl Nodes, _link: Index) -> bool {
        false
    }

    /// Queues the slot unless it is queued already. From any thread or interrupt.
    #[inline(always)]
    pub(crate) fn wake(&self, node: &Node, _nodes: impl Nodes, link: Index) -> Option<Pushed> {
        let mut found = self.inbox.newest();
        // Relaxed: published by the push. May fail for no reason: then `claim` looks closely.
        let linked =
            node.next
                .compare_exchange_weak(END, found, Ordering::Relaxed, Ordering::Relaxed);
        if linked.is_err() && !claim(node, found) {
            return None;
        }
        loop {
            let pushed = self.inbox.push(link, found);
            if pushed.is_some() {
                return pushed;
            }
            found = self.inbox.newest();
            node.next.swap(found, Ordering::Relaxed);
        }
    }

    /// The slot that was woken first: from here on a wake counts anew.
    #[inline(always)]
    pub(crate) fn pop(&self, nodes: impl Nodes) -> Option<Index> {
        let mut link = self.batch.get();
        if link < FIRST {
            link = self.take(nodes);
            if link < FIRST {
                return None;
            }
        }
        self.batch.set(unqueue(nodes.node(link)));
        Some(link)
    }

    /// The next batch, which replaces one that is used up: the first of its slots.
    #[inline(always)]
    fn take(&self, nodes: impl Nodes) -> Index {
        if self.inbox.is_empty() {
            return EMPTY;
        }
        let mut link = self.inbox.take();
        let mut done = EMPTY;
        while link >= FIRST {
            let next = &nodes.node(link).next;
            // Relaxed: the chain was acquired. A write that also reads: see Orderings.
            let rest = next.swap(done, Ordering::Relaxed);
            done = link;
            link = rest;
        }
        done
    }

    /// Whether nothing is queued, as far as this thread can know.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.get() < FIRST && self.inbox.is_empty()
    }

    /// Has the next push tell; `false` if something is queued.
    pub(crate) fn park(&self) -> bool {
        self.batch.get() < FIRST && self.inbox.park()
    }

    /// How many slots are queued, counted up to `limit`.
    pub(crate) fn ready(&self, nodes: impl Nodes, limit: usize) -> usize {
        let (mut last, mut link, mut count) = (END, self.batch.get(), 0);
        while count < limit {
            if link < FIRST {
                link = self.take(nodes);
                if link < FIRST {
                    break;
                }
                self.follow(nodes, last, link);
            }
            count += 1;
            last = link;
            link = nodes.node(link).next.load(Ordering::Relaxed);
        }
        count
    }

    /// Lets `link` follow `last` in the batch, or begin it.
    #[inline(always)]
    fn follow(&self, nodes: impl Nodes, last: Index, link: Index) {
        if last == END {
            self.batch.set(link);
        } else {
            nodes.node(last).next.swap(link, Ordering::Relaxed);
        }
    }

    /// Takes one slot out of the queue, wherever in it it is.
    pub(crate) fn remove(&self, nodes: impl Nodes, gone: Index) {
        let mut last = END;
        let mut link = self.batch.get();
        loop {
            if link < FIRST {
                // The batch is done: on with what is newer, which becomes a part of it.
                link = self.take(nodes);
                if link < FIRST {
                    // Its waker has marked it and not pushed it yet.
                    return;
                }
            }
            let found = link == gone;
            if found {
                link = unqueue(nodes.node(link));
            }
            self.follow(nodes, last, link);
            if found {
                return;
            }
            last = link;
            link = nodes.node(link).next.load(Ordering::Relaxed);
        }
    }
}

/// Links the slot to `found` if it is not queued; `false` if it is, and then this wake counts as
/// one with those before.
#[cold]
#[inline(never)]
fn claim(node: &Node, found: Index) -> bool {
    // Release: pairs with `unqueue`. `EMPTY` is the lowest bit.
    if node.next.fetch_or(EMPTY, Ordering::Release) != END {
        return false;
    }
    node.next.swap(found, Ordering::Relaxed);
    true
}

/// The slot is no longer queued, and what was done before its wakes is visible; its link.
#[inline(always)]
fn unqueue(node: &Node) -> Index {
    let next = node.next.swap(END, Ordering::Relaxed);
    // Pairs with `claim`, in the wakes that found the slot queued.
    fence(Ordering::Acquire);
    next
}
