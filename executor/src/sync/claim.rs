//! How permits of a wait list are taken and given back.
//!
//! # Invariants
//! - **No overtaking**: while somebody waits for permits, the free ones do not suffice for the first
//!   waiter, because every change that could make them suffice hands permits out at once.
//! - **Set aside**: the permits of a granted waiter are no longer free, so nobody else can take them
//!   before it runs.

use core::pin::Pin;
use core::task::{Poll, Waker};

use super::wait_list::{Standing, WaitList, Waiter};

impl WaitList {
    /// Lets all waiters go without a permit, and newcomers too.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.choose(usize::MAX, Standing::Released);
    }

    /// Takes `need` permits if they are free and nobody waits.
    pub(super) fn try_claim(&self, need: usize) -> bool {
        (need == 0 || self.first_waiting().is_none()) && self.take(need)
    }

    /// Adds permits, at most up to `usize::MAX`, and serves the waiters.
    #[inline]
    pub(super) fn release(&self, count: usize) {
        if self.is_empty() {
            self.free.set(self.free.get().saturating_add(count));
        } else {
            self.hand_out(count);
        }
    }
}

impl Waiter<'_> {
    /// Waits for `need` permits, which is what it was made for. Ready with `true`: they are the
    /// caller's. Ready with `false`: the list is closed, and there are not enough.
    #[inline]
    pub(super) fn claim(self: Pin<&Self>, need: usize, waker: &Waker) -> Poll<bool> {
        match self.standing() {
            Standing::Outside if self.list.is_empty() && self.list.take(need) => Poll::Ready(true),
            Standing::Granted if self.leave_woken() => Poll::Ready(true),
            _ => self.claim_slowly(waker),
        }
    }

    /// The rest of [`claim`](Self::claim): one function for the channels of all types.
    #[inline(never)]
    fn claim_slowly(self: Pin<&Self>, waker: &Waker) -> Poll<bool> {
        let need = self.entry.need;
        if self.standing() == Standing::Outside {
            let is_claimed = self.list.try_claim(need);
            if is_claimed || self.list.is_closed.get() {
                return Poll::Ready(is_claimed);
            }
        }
        self.poll(waker).map(|_| match self.leave() {
            Standing::Granted => true,
            // It was released: it takes what has become free since.
            _ => self.list.try_claim(need),
        })
    }
}
