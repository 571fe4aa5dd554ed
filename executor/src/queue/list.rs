//! A list of slots with two ends, which one thread at a time uses.
//!
//! A slot's link is null while it is in no list, so the link is also the mark "listed".

#![allow(unsafe_code)] // Follows links, which lead to headers that live for ever.

use core::cell::Cell;
use core::ptr;

use super::{ONE, Pushed};
use crate::atomic::Ordering::Relaxed;
use crate::slot::{Header, SlotRef};

/// The newest slot's link, and so the oldest slot of a list that was emptied.
const END: *mut Header = ONE;
/// As the oldest slot: the list is empty, and parked. A new list, which is all zeros, is not: a push
/// that ended a park which the owner never began would be counted by nobody.
const PARKED: *mut Header = ptr::without_provenance_mut(2);

/// Slots, from the oldest to the newest. Links are only loaded and stored, which is plain memory on
/// every processor.
pub(super) struct List {
    /// Null, `END` or `PARKED`: the list is empty.
    oldest: Cell<*mut Header>,
    /// The slot that was pushed last, if the list is not empty.
    newest: Cell<Option<SlotRef>>,
}

impl List {
    /// Appends a slot, unless it is listed.
    pub(super) fn push(&self, slot: SlotRef) -> Pushed {
        let is_new = slot.listed.load(Relaxed).is_null();
        // No slot is listed in a parked list.
        let was_parked = self.oldest.get() == PARKED;
        if is_new {
            slot.listed.store(END, Relaxed);
            match self.newest() {
                Some(newest) => newest.listed.store(slot.as_ptr(), Relaxed),
                None => self.oldest.set(slot.as_ptr()),
            }
            self.newest.set(Some(slot));
        }
        Pushed { is_new, was_parked }
    }

    /// Removes the oldest slot.
    pub(super) fn pop(&self) -> Option<SlotRef> {
        // SAFETY: it is null, `END`, `PARKED`, or a slot that was pushed.
        let oldest = unsafe { SlotRef::from_link(self.oldest.get()) }?;
        self.oldest.set(oldest.listed.load(Relaxed));
        oldest.listed.store(ptr::null_mut(), Relaxed);
        Some(oldest)
    }

    /// The newest slot.
    pub(super) fn newest(&self) -> Option<SlotRef> {
        // SAFETY: there must be some. The list is not empty, so a slot was pushed.
        (!self.is_empty()).then(|| unsafe { self.newest.get().unwrap_unchecked() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.oldest.get().addr() <= PARKED.addr()
    }

    /// Has the next push say that the list was parked. `false`: the list is not empty.
    #[cfg(not(feature = "std"))]
    pub(super) fn park(&self) -> bool {
        self.is_empty() && {
            self.oldest.set(PARKED);
            true
        }
    }

    /// Undoes [`park`](Self::park). `false`: a push was faster.
    #[cfg(not(feature = "std"))]
    pub(super) fn unpark(&self) -> bool {
        self.oldest.get() == PARKED && {
            self.oldest.set(END);
            true
        }
    }
}
