//! Free slots are found by looking at one slot after the other.
//!
//! Chosen without `std`, where tasks are few. It keeps nothing, and costs no code where tasks end.
//! `free_list` has the same interface.

use super::{SlotRef, Slots};
use crate::state::State;

/// Which slots are free: nothing is kept.
pub(super) struct Free;

impl Slots {
    /// A vacant slot, in the state of its new task; `None`: the executor is full.
    #[inline(never)]
    pub(super) fn claim(self, state: State) -> Option<SlotRef> {
        let slot = self.iter(0).find(|slot| slot.is_vacant())?;
        slot.place(self.core);
        slot.state.set(state);
        Some(slot)
    }

    /// How many slots are in use.
    pub(crate) fn used(self) -> usize {
        self.iter(0).filter(|slot| !slot.is_vacant()).count()
    }

    /// Whether no slot has a future.
    pub(crate) fn are_over(self) -> bool {
        self.iter(0).all(|slot| slot.is_over())
    }

    /// Drops every future. Outputs stay for their handles.
    pub(crate) fn clear(self) {
        // A slot that was never used does not know yet where its core is.
        self.iter(0).filter(|slot| !slot.is_over()).for_each(SlotRef::drop_future);
    }
}

impl SlotRef {
    /// A slot's future is gone.
    pub(super) fn count_end(self) {}

    /// A slot is vacant now.
    ///
    /// # Safety
    /// It has no future and no handle.
    pub(super) unsafe fn release(self) {}

    fn is_vacant(self) -> bool {
        self.is_over() && self.state.get() == State::NO_HANDLE
    }
}
