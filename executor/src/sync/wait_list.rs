//! The wait list that every primitive of [`sync`](super) is built on: permits, and the waiters for
//! them, first come, first served. `claim.rs` has the rules by which permits are taken.
//!
//! A waiter is a field of the future that waits, so waiting allocates nothing and has no limit. The
//! list only links the waiters.
//!
//! ```text
//!             poll                 choose, hand_out
//!   Outside ───────▶ Waiting ────────────────────────▶ Granted or Released
//!      ▲                │ leave                               │ leave
//!      └────────────────┴─────────────────────────────────────┘
//! ```
//!
//! *Granted* means that something was set aside for this waiter alone: permits, or one notification.
//! If a granted waiter is dropped before it used that, its drop passes it on. *Released* means that
//! all waiters were let go together, so there is nothing to pass on.
//!
//! # Invariants
//! - **Linked is alive**: a linked entry is pinned, and its waiter's drop unlinks it before the
//!   memory is freed. A waiter that is forgotten instead keeps its memory for ever, because it is
//!   pinned.
//! - **One thread**: a list and its waiters are used by one thread at a time. Both hold pointers and
//!   are not `Sync`; a waiter is not `Send` either, because it borrows its list.
//! - **Cells only**: everything that is reached through a link is a `Cell`, read and written whole,
//!   or never changes. Nothing in an entry is ever borrowed exclusively.
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

/// Permits, and the waiters for them, the longest waiting one first.
#[derive(Default)]
pub(super) struct WaitList {
    head: Cell<Link>,
    pub(super) free: Cell<usize>,
    /// Whether newcomers do not wait, but go on without a permit if none is free.
    pub(super) is_closed: Cell<bool>,
}

// SAFETY: pointers are not `Send` because a thread that is left behind might use them too. A list can
// move only while no waiter borrows it. The entries that it still links then belong to forgotten
// waiters, which nobody can reach any more, and their wakers are `Send` (Linked is alive).
unsafe impl Send for WaitList {}

/// A waiter of a list, pinned with the future that it is a field of.
pub struct Waiter<'a> {
    pub(super) list: &'a WaitList,
    pub(super) entry: Entry,
}

/// One place in a list: what the list sees of a waiter.
///
/// The waker comes last: it is the only field that a new entry leaves uninitialised, and a copy that
/// reads memory written a moment ago in other sizes would stall the processor.
#[repr(C)]
pub(super) struct Entry {
    /// The entry before it; that of the head is the last entry. `None`: it is not in the list.
    previous: Cell<Link>,
    next: Cell<Link>,
    /// How many permits the waiter wants; 0 if it waits for a notification.
    pub(super) need: usize,
    standing: Cell<Standing>,
    waker: Cell<Option<Waker>>,
    /// Others point at a linked entry, so a pinned one stays where it is.
    _pinned: PhantomPinned,
}

impl WaitList {
    /// An open list with `free` permits.
    pub(super) const fn new(free: usize) -> Self {
        Self { head: Cell::new(None), free: Cell::new(free), is_closed: Cell::new(false) }
    }

    /// Whether the list has no entry, not even a chosen one.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.head.get().is_none()
    }

    /// Takes `need` permits if they are free.
    #[inline]
    pub(super) fn take(&self, need: usize) -> bool {
        let free = self.free.get();
        if free >= need {
            self.free.set(free - need);
        }
        free >= need
    }

    /// Serves the waiters in order, as far as the free permits and `more` suffice (No overtaking).
    #[inline(never)]
    pub(super) fn hand_out(&self, more: usize) {
        self.free.set(self.free.get().saturating_add(more));
        self.choose_while(Standing::Granted, |entry| self.take(entry.need));
    }

    /// Chooses the first `most` waiters, then wakes them in order.
    pub(super) fn choose(&self, most: usize, standing: Standing) {
        let mut chosen = 0..most;
        self.choose_while(standing, |_| chosen.next().is_some());
    }

    /// Chooses waiters in order, as long as `is_next` says so, then wakes them in order.
    ///
    /// All are chosen before the first is woken. A waiter that joins while they are woken is not
    /// among them, so this ends.
    fn choose_while(&self, standing: Standing, mut is_next: impl FnMut(&Entry) -> bool) {
        let mut at = self.first_waiting();
        while let Some(entry) = at.filter(|entry| is_next(entry)) {
            entry.standing.set(standing);
            at = entry.next.get().map(|link| self.entry(link));
        }
        while let Some(entry) = self.head.get().map(|link| self.entry(link)) {
            if entry.standing.get() == Standing::Waiting {
                return;
            }
            self.unlink(entry);
            // The entry may be freed while its task is woken, and is not used after that. None: it
            // was chosen before it left a waker, and its poll will see that.
            if let Some(waker) = entry.waker.take() {
                waker.wake();
            }
        }
    }

    /// The first entry that was not chosen, behind those that wait to be woken (Chosen first).
    pub(super) fn first_waiting(&self) -> Option<&Entry> {
        let mut at = self.head.get();
        while let Some(entry) = at.map(|link| self.entry(link)) {
            if entry.standing.get() == Standing::Waiting {
                return Some(entry);
            }
            at = entry.next.get();
        }
        None
    }

    /// Appends an entry, which is pinned and is unlinked before it is freed.
    fn link(&self, entry: &Entry) {
        let this = Some(NonNull::from(entry));
        let last = self.head.get().and_then(|head| self.entry(head).previous.replace(this));
        entry.previous.set(last.or(this));
        entry.next.set(None);
        match last {
            Some(last) => self.entry(last).next.set(this),
            None => self.head.set(this),
        }
    }

    /// Takes an entry out of the list, wherever it stands.
    fn unlink(&self, entry: &Entry) {
        let (previous, next) = (entry.previous.take(), entry.next.get());
        match previous.filter(|_| self.head.get() != Some(NonNull::from(entry))) {
            Some(previous) => self.entry(previous).next.set(next),
            None => self.head.set(next),
        }
        // The entry behind it or, if it was the last one, the head.
        if let Some(behind) = next.or(self.head.get()) {
            self.entry(behind).previous.set(previous);
        }
    }

    /// The entry behind a link of this list.
    fn entry(&self, link: NonNull<Entry>) -> &Entry {
        // SAFETY: a pointer may be followed while its target lives and is not borrowed exclusively.
        // A link leads to a linked entry (Linked is alive), which this thread alone uses (One
        // thread), and no entry is ever borrowed exclusively (Cells only). No caller uses the
        // reference after user code ran.
        unsafe { link.as_ref() }
    }
}

impl<'a> Waiter<'a> {
    /// A waiter for `need` permits, or, with 0, for a notification. It joins when it is polled.
    #[inline]
    pub(super) const fn new(list: &'a WaitList, need: usize) -> Self {
        let entry = Entry {
            previous: Cell::new(None),
            next: Cell::new(None),
            need,
            standing: Cell::new(Standing::Outside),
            waker: Cell::new(None),
            _pinned: PhantomPinned,
        };
        Self { list, entry }
    }

    #[inline]
    pub(super) fn standing(&self) -> Standing {
        self.entry.standing.get()
    }

    /// Leaves after it was woken, and so is out of the list. `false`: it is still in the list.
    #[inline]
    pub(super) fn leave_woken(&self) -> bool {
        let is_out = self.entry.previous.get().is_none();
        if is_out {
            self.entry.standing.set(Standing::Outside);
        }
        is_out
    }

    /// Joins the list unless it is in it, and remembers `waker`. Ready when it was chosen.
    ///
    /// It joins before any user code runs, so what the caller has just checked is still so.
    pub(super) fn poll(self: Pin<&Self>, waker: &Waker) -> Poll<Standing> {
        let entry = &self.get_ref().entry;
        match self.standing() {
            Standing::Outside => {
                entry.standing.set(Standing::Waiting);
                self.list.link(entry); // Pinned, and its drop unlinks it (Linked is alive).
            }
            Standing::Waiting if self.has(waker) => return Poll::Pending,
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

    /// Whether the waker that it left wakes the same task as `waker`.
    fn has(&self, waker: &Waker) -> bool {
        let left = self.entry.waker.take();
        let is_same = left.as_ref().is_some_and(|left| left.will_wake(waker));
        self.entry.waker.set(left);
        is_same
    }

    /// Leaves the list, and returns where it stood. After `Granted` the caller uses what was set
    /// aside. No user code runs.
    pub(super) fn leave(&self) -> Standing {
        if self.entry.previous.get().is_some() {
            self.list.unlink(&self.entry);
        }
        self.entry.standing.replace(Standing::Outside)
    }

    /// Passes on what was set aside. A waiter that wanted many permits may have held others back.
    #[cold]
    #[inline(never)]
    fn give_up(&self) {
        match (self.leave(), self.entry.need) {
            (Standing::Granted, 0) => self.list.choose(1, Standing::Granted),
            (Standing::Granted, permits) => self.list.hand_out(permits),
            (_, 0) => {}
            _ => self.list.hand_out(0),
        }
    }
}

impl Drop for Waiter<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.standing() != Standing::Outside {
            self.give_up();
        }
    }
}
