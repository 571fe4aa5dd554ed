//! What the waker of a `block_on` points at.

use crate::park_state::{self, ParkState};
use crate::sys::Notifier;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task;

/// What ends the wait of one thread, and how often it has.
pub(crate) struct Remote {
    pub(crate) notifier: Notifier,
    pub(crate) notifies: AtomicU64,
}

/// The park state of one `block_on`, and what ends its thread's wait.
pub(crate) struct Unparker {
    pub(crate) state: ParkState,
    pub(crate) remote: Arc<Remote>,
}

impl task::Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.wake() == park_state::Wake::Notify {
            // Count before notifying, so that the woken thread sees the count.
            self.remote.notifies.fetch_add(1, Ordering::Relaxed);
            self.remote.notifier.notify();
        }
    }
}
