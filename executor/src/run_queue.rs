//! The run queue: woken slots, and whom to wake when the first one comes while the owner sleeps.
//!
//! An executor has one, and so has each [`Group`](crate::Group).

use core::cell::Cell;
use core::task::Waker;

use crate::parent_waker::ParentWaker;
use crate::queue::{NodeRef, Queue};

/// A queue, and its owner's parent.
pub(crate) struct RunQueue {
    pub(crate) queue: Queue,
    parent: ParentWaker,
    /// Set by the first park. A pointer, so that a program that never parks does not contain the code.
    notify: Cell<Option<fn(&RunQueue)>>,
}

/// A push found the queue parked.
fn notify(run_queue: &RunQueue) {
    if run_queue.queue.end_park() {
        run_queue.parent.wake();
    }
}

impl RunQueue {
    pub(crate) const fn new() -> Self {
        Self { queue: Queue::new(), parent: ParentWaker::new(), notify: Cell::new(None) }
    }

    /// Queues a slot, which the caller has marked, and wakes the owner's parent if the owner sleeps.
    /// `false`: the slot was queued already. From any thread or interrupt.
    pub(crate) fn wake(&self, node: NodeRef) -> bool {
        let pushed = self.queue.push(node);
        if pushed.was_parked {
            if let Some(notify) = self.notify.get() {
                notify(self);
            }
        }
        pushed.is_new
    }

    /// The owner is being polled: pushes need not wake its parent.
    pub(crate) fn resume(&self) {
        self.parent.resume(|| self.queue.unpark());
    }

    /// The owner found nothing to do. `true`: it may return `Pending`, since `waker` is woken when a
    /// slot is queued. `false`: look again.
    ///
    /// The waker is registered first, and parking looks at the queue afterwards. So a wake that comes
    /// in between is seen, also one from the user code that clones and drops wakers.
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
        // Written once: a push that ended the last park may read it still.
        if self.notify.get().is_none() {
            self.notify.set(Some(notify));
        }
        let is_parked = self.queue.park();
        self.parent.set_parked(is_parked);
        is_parked
    }

    /// The owner goes. Gives its parent's waker, unless another thread is waking it just now. The
    /// caller drops it when everything else is done: that is user code, which may panic.
    pub(crate) fn leave(&self) -> Option<Waker> {
        self.resume();
        self.parent.replace(None).ok().flatten()
    }
}
