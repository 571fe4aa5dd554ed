//! Free slots are found by looking at one slot after the other.
//!
//! Chosen without `std`, where tasks are few. It keeps nothing, and costs no code where tasks end.
//! `free_list` has the same interface.

use crate::slot::{CoreRef, SlotRef, Slots, Vacant};
use crate::state::State;

impl Slots {
    /// A vacant slot, in the state of its new task; `None`: the executor is full.
    #[inline(never)]
    pub(crate) fn claim(self, state: State) -> Option<Vacant> {
        let vacant = self.iter().find_map(SlotRef::vacant)?;
        Some(vacant.prepare(self.core, state))
    }

    /// How many slots are in use.
    pub(crate) fn used(self) -> usize {
        self.iter().filter(|slot| slot.vacant().is_none()).count()
    }

    /// Whether no slot has a future.
    pub(crate) fn are_over(self) -> bool {
        self.iter().all(|slot| slot.is_over())
    }

    /// The slots that may have a future. One that was never used does not know yet where its core is.
    pub(crate) fn touched(self) -> impl Iterator<Item = SlotRef> {
        self.iter().filter(|slot| !slot.is_over())
    }
}

impl CoreRef {
    /// A slot's future is gone.
    pub(crate) fn ended(self) {}

    /// A slot is vacant now.
    pub(crate) fn release(self, _: Vacant) {}
}
