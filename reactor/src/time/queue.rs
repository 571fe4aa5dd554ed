//! The timers: a heap of deadlines, and slots that hold who waits.
//!
//! A **slot** belongs to one timer, from the first poll that has to wait to its drop. Cancelling
//! does not search the heap: the slot forgets its entry there, which is then **stale** and skipped
//! when it comes to the top (lazy deletion). Only the last entry of the heap's array, where a timer
//! that was just armed for later than the others is, is removed at once. When more than half of the
//! heap is stale, the live entries are kept and heaped anew, which is O(1) for each cancel in the
//! long run; so the memory is bounded by the live timers too.
//!
//! Invariants:
//! - **LIVE**: an entry is live exactly if its slot is armed with the entry's order. `live` counts
//!   them; a slot has one at most.
//! - **FIFO**: orders grow with each arming. When the 32 bits run out, the live entries are
//!   numbered anew in their order.

use super::heap::{Entry, Heap};
use slab::Slab;
use std::{mem, task::Waker};

/// Stale entries that are tolerated besides as many as there are live ones.
const STALE_SLACK: usize = 64;

/// What a task that waits for a timer has left.
#[derive(Debug)]
enum Slot {
    /// A task waits, but no deadline is set.
    Idle(Waker),
    /// A task waits for the entry with this order.
    Armed(u32, Waker),
    /// The deadline has passed, and the task has been woken.
    Fired,
}

/// A timer's slot. Only [`Timers::remove`] frees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotKey(u32);

/// All timers of one thread.
#[derive(Debug)]
pub(crate) struct Timers {
    heap: Heap,
    slots: Slab<Slot>,
    last_order: u32,
    live: usize,
}

impl Timers {
    pub(crate) const fn new() -> Timers {
        Timers::numbered_after(0)
    }

    /// No timers yet, as if `last_order` had been armed before.
    pub(crate) const fn numbered_after(last_order: u32) -> Timers {
        Timers { heap: Heap::new(), slots: Slab::new(), last_order, live: 0 }
    }

    /// How many timers are armed.
    pub(crate) fn armed(&self) -> usize {
        self.live
    }

    /// How many entries there are, stale ones included.
    #[allow(dead_code, reason = "the bound on memory is tested by it")]
    pub(crate) fn entries(&self) -> usize {
        self.heap.len()
    }

    /// A new slot for a task that waits: armed, after all that are armed for the same deadline, or
    /// idle. `None` beyond 2^32 timers.
    pub(crate) fn insert(&mut self, waker: Waker, deadline: Option<i64>) -> Option<SlotKey> {
        if self.last_order == u32::MAX {
            self.renumber();
        }
        let entry = self.slots.vacant_entry();
        let key = u32::try_from(entry.key()).ok()?;
        let Some(deadline) = deadline else {
            entry.insert(Slot::Idle(waker));
            return Some(SlotKey(key));
        };
        self.last_order += 1;
        self.live += 1;
        entry.insert(Slot::Armed(self.last_order, waker));
        self.heap.push(Entry::new(deadline, self.last_order, key));
        Some(SlotKey(key))
    }

    /// Whether a slot's deadline has passed.
    pub(crate) fn has_fired(&self, key: SlotKey) -> bool {
        matches!(self.slots.get(key.0 as usize), Some(Slot::Fired))
    }

    /// Puts a waker into a slot that has not fired. The one that it replaces goes to the caller, to
    /// be dropped when no borrow is held.
    #[must_use]
    pub(crate) fn set_waker(&mut self, key: SlotKey, waker: Waker) -> Waker {
        match self.slots.get_mut(key.0 as usize) {
            Some(Slot::Idle(stored) | Slot::Armed(_, stored)) => mem::replace(stored, waker),
            Some(Slot::Fired) | None => waker,
        }
    }

    /// Frees a slot. The waker of a task that still waits goes to the caller.
    #[must_use]
    pub(crate) fn remove(&mut self, key: SlotKey) -> Option<Waker> {
        match self.slots.try_remove(key.0 as usize)? {
            Slot::Idle(waker) => Some(waker),
            Slot::Armed(order, waker) => {
                self.live -= 1;
                if !self.heap.pop_last(order) {
                    self.compact_if_stale();
                }
                Some(waker)
            }
            Slot::Fired => None,
        }
    }

    /// The earliest deadline.
    pub(crate) fn next_deadline(&mut self) -> Option<i64> {
        while let Some(first) = self.heap.first() {
            if is_live(&self.slots, first) {
                return Some(first.deadline());
            }
            self.heap.pop_first();
        }
        None
    }

    /// Fires the earliest timer if it is due at `now`, and takes its waker.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<Waker> {
        if self.next_deadline()? > now {
            return None;
        }
        let entry = self.heap.pop_first()?;
        self.live -= 1;
        match mem::replace(self.slots.get_mut(entry.slot() as usize)?, Slot::Fired) {
            Slot::Armed(_, waker) => Some(waker),
            Slot::Idle(_) | Slot::Fired => None,
        }
    }

    fn compact_if_stale(&mut self) {
        if self.heap.len() > 2 * self.live + STALE_SLACK {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.heap.retain(|entry| is_live(&self.slots, entry));
    }

    fn renumber(&mut self) {
        self.compact();
        self.last_order = self.heap.renumber(|entry| {
            if let Some(Slot::Armed(order, _)) = self.slots.get_mut(entry.slot() as usize) {
                *order = entry.order();
            }
        });
    }
}

/// **LIVE**.
fn is_live(slots: &Slab<Slot>, entry: Entry) -> bool {
    matches!(slots.get(entry.slot() as usize), Some(Slot::Armed(order, _)) if *order == entry.order())
}
