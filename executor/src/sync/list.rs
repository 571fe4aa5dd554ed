//! The wait list that every primitive of [`sync`](super) is built on: first come, first served.
//!
//! A waiter is a field of the future that waits, so waiting allocates nothing and has no limit. The
//! list only links the waiters. Each waiter has a [`Standing`]:
//!
//! ```text
//!             poll                 choose
//!   Outside ───────▶ Waiting ─────────────────▶ Granted or Released
//!      ▲                │ leave                        │ leave
//!      └────────────────┴──────────────────────────────┘
//! ```
//!
//! *Granted* means that something was set aside for this waiter alone: a permit, or one
//! notification. If a granted waiter is dropped before it used that, it must pass it on.
//! *Released* means that all waiters were let go together, so there is nothing to pass on.
//!
//! # Invariants
//! - **Linked is alive**: a linked entry is pinned, and its waiter's drop unlinks it before the
//!   memory is freed. A waiter that is forgotten instead keeps its memory for ever, because it is
//!   pinned.
//! - **One thread**: a list and its waiters are used by one thread at a time. Both hold pointers and
//!   are not `Sync`; a waiter is not `Send` either, because it borrows its list.
//! - **Cells only**: everything that is reached through a link is a `Cell`, read and written whole.
//!   Nothing in an entry is ever borrowed exclusively.
//! - **Chosen first**: entries that were chosen and not yet woken stand before all that wait.
//!
//! User code (a waker's clone, wake and drop) runs only when the list is in order. It may do
//! everything: poll and drop other waiters, and choose again.

#![allow(unsafe_code)] // Pinned waiters are linked by pointers, which is what an intrusive list is.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Poll, Waker};

/// Where a waiter stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It was not polled yet, or it has left.
    Outside,
    /// It waits in the list.
    Waiting,
    /// It was chosen, and something is set aside for it.
    Granted,
    /// It was let go together with all others.
    Released,
}

type Link = Option<NonNull<Entry>>;

/// Waiters, the longest waiting one first.
pub(super) struct WaitList {
    head: Cell<Link>,
    tail: Cell<Link>,
}

// SAFETY: pointers are not `Send` because a thread that is left behind might use them too. A list can
// move only while no waiter borrows it. The entries that it still links then belong to forgotten
// waiters, which nobody can reach any more, and their wakers are `Send` (Linked is alive).
unsafe impl Send for WaitList {}

/// One place in a list; a field of a future, and pinned with it.
pub(super) struct Waiter<'a> {
    list: &'a WaitList,
    entry: Entry,
}

/// What the list sees of a waiter.
///
/// The waker comes last: it is the only field that a new waiter leaves uninitialised, and a copy
/// that reads memory written a moment ago in other sizes would stall the processor.
#[repr(C)]
struct Entry {
    previous: Cell<Link>,
    next: Cell<Link>,
    /// How many permits the waiter wants.
    need: usize,
    standing: Cell<Standing>,
    is_linked: Cell<bool>,
    waker: Cell<Option<Waker>>,
    /// Others point at a linked entry, so a pinned one stays where it is.
    _pinned: PhantomPinned,
}

impl WaitList {
    pub(super) const fn new() -> Self {
        Self {
            head: Cell::new(None),
            tail: Cell::new(None),
        }
    }

    /// Whether the list has no entry, counting those that are chosen and not yet woken.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.head.get().is_none()
    }

    /// Whether nobody waits, as everybody in the list was chosen.
    #[inline]
    pub(super) fn nobody_waits(&self) -> bool {
        self.first_waiting().is_none()
    }

    /// The first entry that was not chosen: the head, unless `choose` is at work (Chosen first).
    #[inline]
    fn first_waiting(&self) -> Option<&Entry> {
        let mut at = self.head.get();
        while let Some(entry) = at.map(|link| self.entry(link)) {
            if entry.standing.get() == Standing::Waiting {
                return Some(entry);
            }
            at = entry.next.get();
        }
        None
    }

    /// Grants the first waiter and wakes it, if `can_serve` its need. `false`: it did not.
    #[inline]
    pub(super) fn grant_first(&self, can_serve: impl FnOnce(usize) -> bool) -> bool {
        let Some(entry) = self.first_waiting().filter(|entry| can_serve(entry.need)) else {
            return false;
        };
        entry.standing.set(Standing::Granted);
        self.wake(entry);
        true
    }

    /// Chooses the first `most` waiters, then wakes them in order.
    ///
    /// All are chosen before the first is woken. A waiter that joins while they are woken is not
    /// among them, so this ends.
    pub(super) fn choose(&self, most: usize, standing: Standing) {
        let (mut at, mut left) = (self.head.get(), most);
        while let (Some(link), 1..) = (at, left) {
            let entry = self.entry(link);
            if entry.standing.get() == Standing::Waiting {
                entry.standing.set(standing);
                left -= 1;
            }
            at = entry.next.get();
        }
        while let Some(entry) = self.head.get().map(|link| self.entry(link)) {
            if entry.standing.get() == Standing::Waiting {
                return;
            }
            self.wake(entry);
        }
    }

    /// Takes a chosen entry out of the list and wakes its task.
    #[inline]
    fn wake(&self, entry: &Entry) {
        self.unlink(entry);
        // None: it was chosen before it left a waker, and will see that when its poll goes on.
        if let Some(waker) = entry.waker.take() {
            waker.wake();
        }
    }

    /// Appends an entry, whose waiter is pinned.
    #[inline]
    fn link(&self, entry: &Entry) {
        let last = self.tail.replace(Some(NonNull::from(entry)));
        entry.previous.set(last);
        entry.next.set(None);
        entry.is_linked.set(true);
        match last {
            Some(last) => self.entry(last).next.set(Some(NonNull::from(entry))),
            None => self.head.set(Some(NonNull::from(entry))),
        }
    }

    /// Takes an entry out, wherever it stands.
    #[inline]
    fn unlink(&self, entry: &Entry) {
        let (previous, next) = (entry.previous.get(), entry.next.get());
        match previous {
            Some(previous) => self.entry(previous).next.set(next),
            None => self.head.set(next),
        }
        match next {
            Some(next) => self.entry(next).previous.set(previous),
            None => self.tail.set(previous),
        }
        entry.is_linked.set(false);
    }

    /// The entry behind a link of this list.
    #[inline]
    fn entry(&self, link: NonNull<Entry>) -> &Entry {
        // SAFETY: a pointer may be followed while its target lives and is not borrowed exclusively.
        // A link leads to a linked entry (Linked is alive), which this thread alone uses (One
        // thread), and no entry is ever borrowed exclusively (Cells only). No caller uses the
        // reference after user code ran.
        unsafe { link.as_ref() }
    }
}

impl Entry {
    /// Whether the waker that it keeps wakes the same task as `waker`.
    fn has(&self, waker: &Waker) -> bool {
        let kept = self.waker.take();
        let is_same = kept.as_ref().is_some_and(|kept| kept.will_wake(waker));
        self.waker.set(kept);
        is_same
    }
}

impl<'a> Waiter<'a> {
    /// A waiter of `list` that wants `need` permits. It joins the list when it is polled.
    #[inline]
    pub(super) const fn new(list: &'a WaitList, need: usize) -> Self {
        let entry = Entry {
            previous: Cell::new(None),
            next: Cell::new(None),
            need,
            standing: Cell::new(Standing::Outside),
            is_linked: Cell::new(false),
            waker: Cell::new(None),
            _pinned: PhantomPinned,
        };
        Self { list, entry }
    }

    #[inline]
    pub(super) fn standing(&self) -> Standing {
        self.entry.standing.get()
    }

    #[inline]
    pub(super) fn need(&self) -> usize {
        self.entry.need
    }

    /// Joins the list unless it is in it, and remembers `waker`. Ready when it was chosen.
    ///
    /// It joins before any user code runs, so what the caller has just checked is still so.
    #[inline]
    pub(super) fn poll(self: Pin<&Self>, waker: &Waker) -> Poll<Standing> {
        let entry = &self.get_ref().entry;
        match self.standing() {
            Standing::Outside => {
                entry.standing.set(Standing::Waiting);
                // The waiter is pinned, and its drop unlinks it (Linked is alive).
                self.list.link(entry);
            }
            Standing::Waiting if entry.has(waker) => return Poll::Pending,
            Standing::Waiting => {}
            chosen => return Poll::Ready(chosen),
        }
        // Clone and drop are user code, which may choose this waiter.
        drop(entry.waker.replace(Some(waker.clone())));
        match self.standing() {
            Standing::Waiting => Poll::Pending,
            chosen => Poll::Ready(chosen),
        }
    }

    /// Leaves after it was granted, if it was woken already and is therefore out of the list.
    #[inline]
    pub(super) fn leave_woken(&self) -> bool {
        let is_out = !self.entry.is_linked.get();
        if is_out {
            self.entry.standing.set(Standing::Outside);
        }
        is_out
    }

    /// Leaves the list, and returns where it stood. After `Granted` the caller uses or passes on
    /// what was set aside. No user code runs.
    #[inline]
    pub(super) fn leave(&self) -> Standing {
        let stood = self.entry.standing.replace(Standing::Outside);
        if self.entry.is_linked.get() {
            self.unlink();
        }
        stood
    }

    /// Unlinks it before it was woken, which is rare.
    #[cold]
    #[inline(never)]
    fn unlink(&self) {
        self.list.unlink(&self.entry);
    }

    /// A granted waiter that is dropped passes its notification on to the next. Where something
    /// else was set aside, its owner has called [`leave`](Self::leave).
    #[cold]
    #[inline(never)]
    fn drop_early(&self) {
        if self.leave() == Standing::Granted {
            self.list.choose(1, Standing::Granted);
        }
    }
}

impl Drop for Waiter<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.standing() != Standing::Outside {
            self.drop_early();
        }
    }
}
