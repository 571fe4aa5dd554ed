//! The run queue: whom a push wakes, and how the queue's owner goes to sleep.
//!
//! The same for all three queues. An executor has one, and so has each [`Group`](crate::Group).

use core::task::Waker;

use crate::queue::{NodeRef, Queue};

/// Wakes the parent of a queue that was parked. Known to the queue from its first park on, so that a
/// program that never parks does not contain it.
fn notify(queue: &Queue) {
    if queue.may_notify() {
        queue.parent.wake();
    }
}

impl Queue {
    /// Queues a slot, whose mark the caller has set, and wakes the owner's parent if the owner sleeps.
    /// `false`: the slot was queued already. From any thread or interrupt.
    #[inline(always)]
    pub(crate) fn wake(&self, node: NodeRef) -> bool {
        let pushed = self.push(node);
        if let Some(notify) = pushed.notify {
            notify(self);
        }
        pushed.is_new
    }

    /// The owner is being polled: pushes need not wake its parent.
    #[inline(always)]
    pub(crate) fn resume(&self) {
        self.parent.resume(|| self.unpark());
    }

    /// The owner found nothing to do. `true`: it may return `Pending`, since `waker` is woken when a
    /// slot is queued. `false`: look again.
    ///
    /// The waker is registered first, and parking looks at the queue afterwards. So a wake that comes
    /// in between is seen, also one from the user code that clones and drops wakers.
    #[inline(never)]
    pub(crate) fn sleep(&self, waker: &Waker) -> bool {
        if !self.parent.is_registered(waker) {
            match self.parent.replace(Some(waker.clone())) {
                Ok(old) => drop(old),
                Err(_) => {
                    // Another thread is waking the old one at this moment.
                    waker.wake_by_ref();
                    return true;
                }
            }
        }
        let is_parked = self.park(notify);
        self.parent.set_parked(is_parked);
        is_parked
    }

    /// The owner goes: its parent's waker is dropped, unless another thread is waking it just now.
    pub(crate) fn leave(&self) {
        self.resume();
        drop(self.parent.replace(None));
    }
}
