//! Free slots in a list, and counted: however many tasks there are, a spawn costs the same.
//!
//! Chosen by feature `std`. Where tasks are few, `free_scan` does the same in less code.
//!
//! Slots that were never used are not in the list and not touched before they are needed, so a large
//! executor costs a host only the pages in use.

use crate::slot::{CoreRef, SlotRef, Slots, Vacant};
use crate::state::State;

impl Slots {
    /// A vacant slot, in the state of its new task; `None`: the executor is full.
    pub(crate) fn claim(self, state: State) -> Option<Vacant> {
        let free = &self.core.free;
        let vacant = match free.first.take() {
            Some(vacant) => {
                free.first.set(vacant.unlink());
                vacant
            }
            None => {
                let fresh = self.fresh(free.touched.get() + 1)?;
                free.touched.set(free.touched.get() + 1);
                fresh
            }
        };
        free.used.set(free.used.get() + 1);
        free.live.set(free.live.get() + 1);
        Some(vacant.prepare(self.core, state))
    }

    /// How many slots are in use.
    pub(crate) fn used(self) -> usize {
        self.core.free.used.get()
    }

    /// Whether no slot has a future.
    pub(crate) fn are_over(self) -> bool {
        self.core.free.live.get() == 0
    }

    /// The slots that may have a future.
    pub(crate) fn touched(self) -> impl Iterator<Item = SlotRef> {
        self.iter().take(self.core.free.touched.get())
    }
}

impl CoreRef {
    /// A slot's future is gone.
    pub(crate) fn ended(self) {
        self.free.live.set(self.free.live.get() - 1);
    }

    /// A slot is vacant now.
    pub(crate) fn release(self, vacant: Vacant) {
        self.free.used.set(self.free.used.get() - 1);
        self.free.first.set(Some(vacant.link(self.free.first.take())));
    }
}
