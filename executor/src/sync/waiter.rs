//! A waiter: the field by which a future waits in a [`WaitList`].
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

use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait_list::{Entry, Standing, WaitList};

/// A waiter of a list, pinned with the future that it is a field of.
pub(super) struct Waiter<'a> {
    list: &'a WaitList,
    entry: Entry,
}

impl<'a> Waiter<'a> {
    /// A waiter for `need` permits, or, with 0, for a notification. It joins when it is polled.
    #[inline]
    pub(super) const fn new(list: &'a WaitList, need: usize) -> Self {
        let entry = Entry::new(need);
        Self { list, entry }
    }

    #[inline]
    pub(super) fn standing(&self) -> Standing {
        self.entry.standing.get()
    }

    /// Waits for `need` permits, which is what it was made for. Ready with `true`: they are the
    /// caller's. Ready with `false`: the list is closed, and there are not enough.
    #[inline]
    pub(super) fn claim(self: Pin<&Self>, need: usize, waker: &Waker) -> Poll<bool> {
        match self.standing() {
            Standing::Outside if self.list.try_claim_alone(need) => Poll::Ready(true),
            Standing::Granted if !self.entry.is_linked.get() => {
                self.entry.standing.set(Standing::Outside);
                Poll::Ready(true)
            }
            _ => self.claim_slowly(waker),
        }
    }

    /// The rest of [`claim`](Self::claim): one function for the channels of all types.
    #[inline(never)]
    fn claim_slowly(self: Pin<&Self>, waker: &Waker) -> Poll<bool> {
        let need = self.entry.need;
        if self.standing() == Standing::Outside {
            let is_claimed = self.list.try_claim(need);
            if is_claimed || self.list.is_closed() {
                return Poll::Ready(is_claimed);
            }
        }
        self.poll(waker).map(|_| match self.leave() {
            Standing::Granted => true,
            // It was released: it takes what has become free since.
            _ => self.list.try_claim(need),
        })
    }

    /// Joins the list unless it is in it, and remembers `waker`. Ready when it was chosen.
    ///
    /// It joins before any user code runs, so what the caller has just checked is still so.
    pub(super) fn poll(self: Pin<&Self>, waker: &Waker) -> Poll<Standing> {
        let entry = &self.get_ref().entry;
        match self.standing() {
            Standing::Outside => {
                entry.standing.set(Standing::Waiting);
                self.list.link(entry);
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
        if self.entry.is_linked.get() {
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
