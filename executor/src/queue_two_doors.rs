//! The queue of woken slots, with two doors: a wake from the executor's own thread links the slot
//! into a plain list, without one atomic read-modify-write; every other wake takes the inbox.
//!
//! Chosen by feature `std`, where threads have an identity that costs one load to ask for.
//!
//! # Terms
//! - *local door*: the ready list, a singly linked FIFO that only the owner touches.
//! - *batch*: what the ready list held when the batch before it was used up; it is worked off
//!   without shutting the door, since nobody appends to it.
//! - *remote door*: the [`Inbox`].
//! - *owner*: the thread that took the executor.
//! - *shut*: the local door while the owner is inside it: the word that names the owner names
//!   nobody. A signal handler that interrupts the owner there does not find itself named and takes
//!   the remote door, so a wake is allowed in handlers too.
//!
//! # Invariants
//! - **Owner's list**: the ready list, the batch and `ready_next` are touched by the owner alone; by a
//!   signal handler on its thread only with the door open. Then the batch is whole without its
//!   first slot, or that slot is still marked, and a list that is not empty may grow at its end.
//! - **Own links**: the two doors use different links and marks. A slot may wait in both; emptying
//!   the inbox then finds it ready already, so it is polled once.
//! - **Order**: the batch is older than the list. Whatever lies in the inbox when the owner pushes or
//!   pops is moved to the list first. So a wake that happened before another is queued before it,
//!   through whichever doors.
//!
//! # Orderings
//! Emptying the inbox clears each mark by an acquiring read-modify-write, before the slot's poll:
//! see `inbox`. `owner` is relaxed: a thread asks only whether it is itself named, and it sees its own
//! writes; a signal handler runs on the thread it interrupts, and compiler fences keep the list's
//! accesses inside the shut door, and those of a pop, whose door is open, in their order.
//!
//! # Why a parked owner is not a case of its own
//! A local wake can come while the executor is parked: the reactor wakes tasks between two polls
//! of the run. It then takes `PARKED` out of the inbox itself, and the parent is told by whoever
//! did that, as with a push.

use core::cell::Cell;

use crate::atomic::{AtomicBool, AtomicIndex, AtomicUsize, Index, Ordering};
use crate::inbox::{EMPTY, END, FIRST, Inbox, Pushed};
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
    /// [`END`] if the slot is in no list of the owner's; at a list's end, [`EMPTY`].
    pub(crate) ready_next: Cell<Index>,
    pub(crate) mark: Mark,
    /// A byte for the slot's owner, here because it fits beside the marks.
    pub(crate) byte: Cell<u8>,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            next: AtomicIndex::new(END),
            ready_next: Cell::new(END),
            mark: Mark::new(),
            byte: Cell::new(0),
        }
    }

    /// Whether the slot is queued, as far as this thread can know.
    pub(crate) fn is_queued(&self) -> bool {
        self.mark.is_set() || self.is_ready()
    }

    /// Whether the slot is in the ready list or in the batch.
    #[inline(always)]
    fn is_ready(&self) -> bool {
        self.ready_next.get() != END
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
    /// The oldest slot of the batch that is being worked off.
    pub(crate) batch: Cell<Index>,
    /// The ready list, while `head` is not [`END`]: from `head` to `tail`.
    pub(crate) head: Cell<Index>,
    pub(crate) tail: Cell<Index>,
    /// The thread that took the executor, or 0, which is no thread, while it is inside.
    pub(crate) owner: AtomicUsize,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            batch: Cell::new(END),
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

    /// Queues the slot if it is the owner who wakes it, if nothing came from elsewhere, and if nobody
    /// is to be told: the rule by far. Otherwise the caller goes on with [`wake`](Self::wake).
    #[inline(always)]
    pub(crate) fn wake_plainly(&self, node: &Node, nodes: impl Nodes, link: Index) -> bool {
        if self.owner.load(Ordering::Relaxed) != here() {
            return false;
        }
        self.behind_shut_door(|| {
            let is_plain = self.inbox.is_quiet() && !node.is_ready();
            if is_plain {
                self.push_ready(node, nodes, link);
            }
            is_plain
        })
    }

    /// Queues the slot unless it is queued already. From any thread or signal handler.
    pub(crate) fn wake(&self, node: &Node, nodes: impl Nodes, link: Index) -> Option<Pushed> {
        if self.owner.load(Ordering::Relaxed) == here() {
            self.wake_here(node, nodes, link)
        } else {
            node.mark.set().then(|| self.push(link, &node.next))
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
    fn wake_here(&self, node: &Node, nodes: impl Nodes, link: Index) -> Option<Pushed> {
        let unparked = self.behind_shut_door(|| {
            if node.is_ready() {
                return None;
            }
            self.empty_inbox(nodes);
            // It may have lain there itself.
            if !node.is_ready() {
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
        let link = self.oldest(nodes);
        if link < FIRST {
            return None;
        }
        let next = &nodes.node(link).ready_next;
        self.batch.set(next.get());
        // From here on a signal handler may put the slot into the ready list.
        compiler_fence();
        next.set(END);
        // What the poll sees comes later: a handler that changes it finds the mark clear.
        compiler_fence();
        Some(link)
    }

    /// The first slot of the batch, or else of the next one.
    #[inline(always)]
    fn oldest(&self, nodes: impl Nodes) -> Index {
        // The inbox may hold a slot of the batch, whose wake counts as one with the wakes before
        // only as long as the slot is in the batch.
        if !self.inbox.is_empty() {
            self.let_in(nodes);
        }
        let link = self.batch.get();
        if link >= FIRST {
            return link;
        }
        let link = self.head.get();
        // With the door open: a signal handler that comes in between appends to what is taken. An
        // empty list is left alone, because a handler may begin it.
        if link >= FIRST {
            self.head.set(END);
            // Only then may the batch be followed: nobody appends to it any more.
            compiler_fence();
        }
        link
    }

    /// Empties the inbox.
    #[cold]
    #[inline(never)]
    fn let_in(&self, nodes: impl Nodes) {
        self.behind_shut_door(|| self.empty_inbox(nodes));
    }

    /// Whether nothing is queued, as far as this thread can know.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.get() < FIRST && self.head.get() < FIRST && self.inbox.is_empty()
    }

    /// Has the next push tell; `false` if something is queued. Behind the shut door, because a
    /// signal handler that queued a slot between the two questions would tell nobody.
    pub(crate) fn park(&self) -> bool {
        self.behind_shut_door(|| {
            self.batch.get() < FIRST && self.head.get() < FIRST && self.inbox.park()
        })
    }

    /// How many slots are queued, counted up to `limit`.
    pub(crate) fn ready(&self, nodes: impl Nodes, limit: usize) -> usize {
        self.behind_shut_door(|| {
            self.empty_inbox(nodes);
            let mut count = 0;
            for mut link in [self.batch.get(), self.head.get()] {
                while link >= FIRST && count < limit {
                    link = nodes.node(link).ready_next.get();
                    count += 1;
                }
            }
            count
        })
    }

    /// Drops from the queue each slot that `gone` says so of, with its mark cleared. `gone` sees
    /// the queued slots in order and must not touch the queue.
    pub(crate) fn sweep(&self, nodes: impl Nodes, mut gone: impl FnMut(Index) -> bool) {
        self.behind_shut_door(|| {
            self.empty_inbox(nodes);
            for mut link in [self.batch.replace(END), self.head.replace(END)] {
                while link >= FIRST {
                    let node = nodes.node(link);
                    let next = node.ready_next.replace(END);
                    if !gone(link) {
                        self.push_ready(node, nodes, link);
                    }
                    link = next;
                }
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
        node.ready_next.set(EMPTY);
        if self.head.get() < FIRST {
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

    fn empty_full_inbox(&self, nodes: impl Nodes) {
        let mut link = reverse(self.inbox.take(), nodes);
        while link != END {
            let node = nodes.node(link);
            // Relaxed: the chain was acquired when it was taken, and until its mark is cleared
            // nobody else writes this link.
            let next = node.next.load(Ordering::Relaxed);
            node.mark.clear();
            if !node.is_ready() {
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
