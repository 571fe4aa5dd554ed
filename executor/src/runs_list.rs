//! The wait list: who waits, in which order, and whose turn it is.
//!
//! It was the list of `sync` and now serves `runs` alone. Every part is a few numbers and one or two of these lists. A waiter lives
//! inside the future that waits, so that waiting costs no allocation and has no capacity to run
//! out of; the list only links the waiters, first come first.
//!
//! A waiter's [`Turn`] tells where it stands. *Granted* means chosen, together with something that
//! others want as well (a permit, a value, one notification): a granted waiter that is dropped
//! before it acted must pass its turn on, and [`Waiter::leave`] tells the part that it must.
//! *Released* means sent home together with all the others: there is nothing to pass on.
//!
//! ```text
//!             join               grant_first, tell
//!   Outside ───────▶ Waiting ─────────────────────▶ Granted, Released
//!      ▲                │ leave                          │ leave
//!      └────────────────┴────────────────────────────────┘
//! ```
//!
//! # Invariants
//! - **Linked is alive**: a linked node is pinned, and its waiter's drop unlinks it before its
//!   memory goes. A waiter that is forgotten instead keeps its memory for ever, as pinning demands.
//! - **One thread**: a list and its waiters are used by one thread at a time: both hold pointers
//!   and are not `Sync`, and a waiter borrows its list and is not `Send`.
//! - **Cells only**: whatever is reached through a link is a `Cell`, read and written whole. No
//!   reference into a cell outlives a statement, and no user code runs while one exists.
//! - **Marked in front**: waiters that [`tell`](WaitList::tell) has chosen and not yet woken stand
//!   before all that wait.
//!
//! User code is what wakers do in clone, wake and drop. It runs only when the list is whole, and
//! may do everything: join, drop waiters, tell again.

#![allow(unsafe_code)] // Links between pinned waiters are pointers; that is the point of the list.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::Waker;

/// Where a waiter stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// It has not joined, or it has left.
    Outside,
    /// It waits in line.
    Waiting,
    /// It was chosen, and something is set aside for it: pass it on or use it.
    Granted,
    /// It was sent home with all the others.
    Released,
}

/// A line of waiters, first come first.
pub(crate) struct WaitList {
    head: Cell<Option<NonNull<Node>>>,
    tail: Cell<Option<NonNull<Node>>>,
}

// SAFETY: pointers are not `Send` because they may be shared with the thread that is left behind. A
// list can move only while no waiter borrows it, so the nodes that it still links are forgotten
// ones, which nobody else can reach any more, and their wakers are `Send` (Linked is alive).
unsafe impl Send for WaitList {}

/// One place in a line; part of a future, pinned with it.
pub(crate) struct Waiter<'a> {
    list: &'a WaitList,
    node: Node,
}

/// What the list sees of a waiter.
///
/// In this order the words that a new waiter leaves uninitialised, the waker's, come last: copying
/// a new waiter then never reads back half of what was just written, for which processors stall.
#[repr(C)]
struct Node {
    previous: Cell<Option<NonNull<Node>>>,
    next: Cell<Option<NonNull<Node>>>,
    /// A number of the part's own: the permits that a waiter wants.
    need: usize,
    turn: Cell<Turn>,
    is_linked: Cell<bool>,
    waker: Cell<Option<Waker>>,
    /// Linked nodes are pointed at, so a pinned one stays where it is.
    _pinned: PhantomPinned,
}

/// The wake that the caller owes to a waiter it has chosen, once its own numbers are in order.
#[must_use = "a chosen waiter must be woken"]
pub(crate) struct Call(Option<Waker>);

impl Call {
    /// Wakes the chosen waiter. User code runs in here.
    #[inline]
    pub(crate) fn wake(self) {
        // None: the waiter was chosen between joining and leaving its waker; it looks by itself.
        if let Some(waker) = self.0 {
            waker.wake();
        }
    }
}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self {
            head: Cell::new(None),
            tail: Cell::new(None),
        }
    }

    /// Whether nobody is in line, chosen ones that are not yet woken included.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.get().is_none()
    }

    /// What the first in line needs; `None` if nobody waits.
    pub(crate) fn first_need(&self) -> Option<usize> {
        self.first_waiting().map(|node| node.need)
    }

    /// Chooses the first in line; `None` if nobody waits.
    #[inline]
    pub(crate) fn grant_first(&self) -> Option<Call> {
        let node = self.first_waiting()?;
        node.turn.set(Turn::Granted);
        self.unlink(node);
        Some(Call(node.waker.take()))
    }

    /// Chooses the first `most` in line, all at this moment, and wakes them in order. Who joins
    /// while they are woken is not among them, so this ends.
    pub(crate) fn tell(&self, most: usize, turn: Turn) {
        let mut at = self.head.get();
        let mut left = most;
        while let (Some(node), 1..) = (at, left) {
            let node = self.node(node);
            if node.turn.get() == Turn::Waiting {
                node.turn.set(turn);
                left -= 1;
            }
            at = node.next.get();
        }
        while let Some(call) = self.unlink_marked() {
            call.wake();
        }
    }

    /// Takes the head out of the line, if it was chosen.
    fn unlink_marked(&self) -> Option<Call> {
        let node = self.node(self.head.get()?);
        if node.turn.get() == Turn::Waiting {
            return None;
        }
        self.unlink(node);
        Some(Call(node.waker.take()))
    }

    /// The first that was not chosen yet: the head, unless a `tell` is under way (Marked in front).
    #[inline]
    fn first_waiting(&self) -> Option<&Node> {
        let mut at = self.head.get();
        while let Some(node) = at {
            let node = self.node(node);
            if node.turn.get() == Turn::Waiting {
                return Some(node);
            }
            at = node.next.get();
        }
        None
    }

    /// Puts `node` at the end. Its waiter is pinned.
    #[inline]
    fn link(&self, node: &Node) {
        let last = self.tail.replace(Some(NonNull::from(node)));
        node.previous.set(last);
        node.next.set(None);
        node.is_linked.set(true);
        match last {
            Some(last) => self.node(last).next.set(Some(NonNull::from(node))),
            None => self.head.set(Some(NonNull::from(node))),
        }
    }

    /// Takes `node` out of the line, wherever it stands.
    #[inline]
    fn unlink(&self, node: &Node) {
        let (previous, next) = (node.previous.get(), node.next.get());
        match previous {
            Some(previous) => self.node(previous).next.set(next),
            None => self.head.set(next),
        }
        match next {
            Some(next) => self.node(next).previous.set(previous),
            None => self.tail.set(previous),
        }
        node.is_linked.set(false);
    }

    /// The same for a node that leaves before it was chosen, which is rare.
    #[inline(never)]
    fn unlink_early(&self, node: &Node) {
        self.unlink(node);
    }

    /// The node behind a link of this list.
    #[inline]
    fn node(&self, link: NonNull<Node>) -> &Node {
        // SAFETY: a pointer may be followed while its target lives and nobody has it exclusively.
        // Links lead to linked nodes only (Linked is alive), on this thread (One thread), and no
        // part of a node is ever borrowed exclusively (Cells only). Callers keep the reference no
        // longer than until the next user code runs.
        unsafe { link.as_ref() }
    }
}

impl<'a> Waiter<'a> {
    /// A waiter of `list` that has not joined yet.
    pub(crate) const fn new(list: &'a WaitList) -> Self {
        Self::in_need(list, 1)
    }

    /// The same, with the part's own number.
    pub(crate) const fn in_need(list: &'a WaitList, need: usize) -> Self {
        let node = Node {
            previous: Cell::new(None),
            next: Cell::new(None),
            waker: Cell::new(None),
            need,
            turn: Cell::new(Turn::Outside),
            is_linked: Cell::new(false),
            _pinned: PhantomPinned,
        };
        Self { list, node }
    }

    /// Where it stands.
    #[inline]
    pub(crate) fn turn(&self) -> Turn {
        self.node.turn.get()
    }

    /// Joins the end of the line. No user code runs: what the caller has just checked is still so.
    /// [`keep`](Self::keep) or [`set_waker`](Self::set_waker) comes next.
    #[inline]
    pub(crate) fn join(self: Pin<&Self>) {
        // Pinned, and unlinked again by `leave` or drop, before the memory goes (Linked is alive).
        let node = &self.get_ref().node;
        if !node.is_linked.get() {
            node.turn.set(Turn::Waiting);
            self.list.link(node);
        }
    }

    /// Remembers whom to wake. `true`: it waits, and `waker` will hear. `false`: look at the turn
    /// again, for a waker that is cloned or dropped is user code, and may have changed it.
    #[inline]
    pub(crate) fn keep(&self, waker: &Waker) -> bool {
        // SAFETY: a reference into a cell is sound while nobody writes to it. It is this thread's
        // (One thread), and comparing runs no user code (Cells only).
        let kept = unsafe { &*self.node.waker.as_ptr() };
        let is_same = kept.as_ref().is_some_and(|kept| kept.will_wake(waker));
        if !is_same {
            let new = waker.clone();
            drop(self.node.waker.replace(Some(new)));
        }
        self.turn() == Turn::Waiting
    }

    /// Whether it waits, and `waker` will hear.
    #[inline]
    pub(crate) fn is_kept(&self, waker: &Waker) -> bool {
        // SAFETY: as in `keep`.
        let kept = unsafe { &*self.node.waker.as_ptr() };
        self.turn() == Turn::Waiting && kept.as_ref().is_some_and(|kept| kept.will_wake(waker))
    }

    /// Remembers whom to wake. The one that was to be woken so far is dropped: user code.
    #[inline]
    pub(crate) fn set_waker(&self, waker: Waker) {
        drop(self.node.waker.replace(Some(waker)));
    }

    /// Leaves after [`grant_first`](WaitList::grant_first) has chosen it and so taken it out of the
    /// line.
    #[inline]
    pub(crate) fn leave_chosen(&self) {
        debug_assert!(self.turn() == Turn::Granted && !self.node.is_linked.get());
        self.node.turn.set(Turn::Outside);
    }

    /// Leaves, and tells where it stood. After `Granted` the caller uses or passes on what was set
    /// aside. No user code runs; a waker that is left over goes with the waiter.
    #[inline]
    pub(crate) fn leave(&self) -> Turn {
        let turn = self.turn();
        if turn != Turn::Outside {
            self.node.turn.set(Turn::Outside);
            if self.node.is_linked.get() {
                self.list.unlink_early(&self.node);
            }
        }
        turn
    }
}

impl Drop for Waiter<'_> {
    #[inline]
    fn drop(&mut self) {
        // Whatever its turn says: this is what keeps "Linked is alive".
        if self.node.is_linked.get() {
            self.list.unlink_early(&self.node);
        }
    }
}
