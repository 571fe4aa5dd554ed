//! Free slots in a list, and counted: however many tasks there are, a spawn costs the same.
//!
//! Chosen by feature `std`. Where tasks are few, `free_scan` does the same in less code.
//!
//! Slots that were never used are not in the list and not touched before they are needed, so a large
//! executor costs a host only the pages in use. A free slot's state is the distance of the next one.

use core::cell::Cell;

use super::{SlotRef, Slots};
use crate::state::{Index, State};

/// Which slots are free.
pub(super) struct Free {
    /// The distance of the slot that was freed last; 0: none is free.
    first: Cell<Index>,
    /// How many slots were ever used.
    touched: Cell<usize>,
    /// How many slots are in use.
    used: Cell<usize>,
    /// How many of them have a future.
    live: Cell<usize>,
}

impl Slots {
    /// A vacant slot, in the state of its new task; `None`: the executor is full.
    pub(super) fn claim(self, state: State) -> Option<SlotRef> {
        let free = &self.core.free;
        let slot = if free.first.get() == 0 {
            let fresh = self.iter(free.touched.get()).next()?;
            free.touched.set(free.touched.get() + 1);
            fresh
        } else {
            // SAFETY: a header must lie there. It is a distance that `release` has kept.
            let slot = unsafe { self.core.at(free.first.get()) };
            free.first.set(slot.state.get().0);
            slot
        };
        free.used.set(free.used.get() + 1);
        free.live.set(free.live.get() + 1);
        slot.place(self.core);
        slot.state.set(state);
        Some(slot)
    }

    /// How many slots are in use.
    pub(crate) fn used(self) -> usize {
        self.core.free.used.get()
    }

    /// Whether no slot has a future.
    pub(crate) fn are_over(self) -> bool {
        self.core.free.live.get() == 0
    }

    /// Drops every future. Outputs stay for their handles.
    pub(crate) fn clear(self) {
        self.iter(0).take(self.core.free.touched.get()).for_each(SlotRef::drop_future);
    }
}

impl SlotRef {
    /// A slot's future is gone.
    pub(super) fn count_end(self) {
        let core = self.core();
        core.free.live.set(core.free.live.get() - 1);
    }

    /// A slot is vacant now.
    ///
    /// # Safety
    /// It has no future and no handle, and was released last before it was claimed.
    pub(super) unsafe fn release(self) {
        let core = self.core();
        core.free.used.set(core.free.used.get() - 1);
        self.state.set(State(core.free.first.replace(self.distance())));
    }
}
