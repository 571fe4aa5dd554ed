//! The queue of woken slots, with one door: every wake goes through the inbox.
//!
//! This is the room of targets without threads of `std`: the wake is the same few instructions from
//! the main loop, an interrupt or another core. A slot needs one link and one mark. The executor
//! takes the inbox's chain when the batch before it is used up, so a batch is a turn.
//!
//! # Invariants
//! - **One place**: a slot is in the inbox's chain or in the batch, never in both, because its mark
//!   stays set until [`Queue::pop`] hands it out.
//! - **Order**: the batch is older than everything in the inbox.

use core::cell::Cell;

use crate::atomic::{AtomicIndex, Index, Ordering};
use crate::inbox::{END, FIRST, Inbox, Mark, Pushed};

/// What the queue keeps in each slot.
pub(crate) struct Node {
    pub(crate) next: AtomicIndex,
    pub(crate) mark: Mark,
    /// A byte for the slot's owner, here because it fits beside the mark.
    pub(crate) byte: Cell<u8>,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            next: AtomicIndex::new(END),
            mark: Mark::new(),
            byte: Cell::new(0),
        }
    }

    /// Whether the slot is queued, as far as this thread can know.
    pub(crate) fn is_queued(&self) -> bool {
        self.mark.is_set()
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

    /// Nothing to record: with one door it does not matter who wakes.
    pub(crate) fn adopt(&self) {}

    /// Queues the slot unless it is queued already. From any thread or interrupt.
    #[inline(always)]
    pub(crate) fn wake(&self, node: &Node, _nodes: impl Nodes, link: Index) -> Option<Pushed> {
        node.mark.set().then(|| self.inbox.push(link, &node.next))
    }

    /// The slot that was woken first, with its mark cleared: from here on a wake counts anew.
    #[inline(always)]
    pub(crate) fn pop(&self, nodes: impl Nodes) -> Option<Index> {
        let mut link = self.batch.get();
        if link == END {
            if self.inbox.is_empty() {
                return None;
            }
            link = reverse(self.inbox.take(), nodes);
        }
        let node = nodes.node(link);
        // Relaxed: the executor's thread alone follows links that were taken.
        self.batch.set(node.next.load(Ordering::Relaxed));
        node.mark.clear();
        Some(link)
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.get() == END && self.inbox.is_empty()
    }

    /// Has the next push tell; `false` if something is queued.
    pub(crate) fn park(&self) -> bool {
        self.batch.get() == END && self.inbox.park()
    }

    /// How many slots the next turn has, counted up to `limit`.
    pub(crate) fn ready(&self, nodes: impl Nodes, limit: usize) -> usize {
        if self.batch.get() == END && !self.inbox.is_empty() {
            self.batch.set(reverse(self.inbox.take(), nodes));
        }
        let (mut link, mut count) = (self.batch.get(), 0);
        while link != END && count < limit {
            link = nodes.node(link).next.load(Ordering::Relaxed);
            count += 1;
        }
        count
    }

    /// Drops from the queue each slot that `gone` says so of, with its mark cleared. `gone` sees
    /// the queued slots in order and must not touch the queue.
    pub(crate) fn sweep(&self, nodes: impl Nodes, mut gone: impl FnMut(Index) -> bool) {
        let rest = if self.inbox.is_empty() {
            END
        } else {
            reverse(self.inbox.take(), nodes)
        };
        let mut last = END;
        for mut link in [self.batch.replace(END), rest] {
            while link != END {
                let node = nodes.node(link);
                let next = node.next.load(Ordering::Relaxed);
                if gone(link) {
                    node.mark.clear();
                } else {
                    node.next.store(END, Ordering::Relaxed);
                    match last {
                        END => self.batch.set(link),
                        last => nodes.node(last).next.store(link, Ordering::Relaxed),
                    }
                    last = link;
                }
                link = next;
            }
        }
    }
}

/// Turns a chain round, so that the oldest comes first.
#[inline(always)]
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
