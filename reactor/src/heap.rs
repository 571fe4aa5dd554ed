//! The timers: a four-ary heap of deadlines, and slots that hold who waits.
//!
//! An **entry** is 16 bytes, in which deadline, order of arming and slot are one number. Four
//! children then share one or two cache lines, which is why the heap has four and not two. A
//! **slot** belongs to one timer from its first poll to its drop and holds the waker and the order
//! of the entry that counts for it.
//!
//! Cancelling does not search the heap: the slot forgets the entry, which is then **stale** and
//! skipped when it surfaces (lazy deletion). Only the last entry of the array, where a timer that
//! was just armed for later than the others sits, is removed at once. When more than half of the
//! heap is stale, the live entries are kept and heaped anew, which is O(1) for each cancel in the
//! long run; so the memory is bounded by the live timers too. No entry's place is written down
//! anywhere, so sifting touches nothing but the heap: with a million timers that is what counts.
//!
//! Invariants:
//! - **LIVE**: an entry is live exactly if its slot is occupied and the slot's order is the entry's
//!   order.
//! - **ONE**: a slot has at most one live entry. `live` counts them.
//! - **FIFO**: orders grow with each arming. When the 32 bits run out, the live entries are
//!   numbered anew in their order.
//!
//! The d-ary heap is from Johnson, "Priority queues with update and finding minimum spanning trees"
//! (1975); moving the gap to the bottom first is Floyd's, in Knuth, "The Art of Computer
//! Programming", volume 3, exercise 5.2.3-18.

use slab::Slab;
use std::mem;
use std::task::Waker;

/// Children of a node.
const ARITY: usize = 4;
/// Stale entries that are put up with besides as many as there are live ones.
const STALE_SLACK: usize = 64;
/// A slot's order while no entry counts for it.
const DISARMED: u32 = 0;

/// In the order of its fields; as one number it is compared without a branch.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The deadline, as [`biased`].
    deadline: u64,
    /// The order of arming, and in the low half the slot.
    order_slot: u64,
}

impl Entry {
    fn new(deadline: i64, order: u32, slot: u32) -> Entry {
        Entry {
            deadline: biased(deadline),
            order_slot: u64::from(order) << 32 | u64::from(slot),
        }
    }

    fn rank(self) -> u128 {
        u128::from(self.deadline) << 64 | u128::from(self.order_slot)
    }

    fn order(self) -> u32 {
        (self.order_slot >> 32) as u32
    }

    fn set_order(&mut self, order: u32) {
        self.order_slot = u64::from(order) << 32 | self.order_slot & u64::from(u32::MAX);
    }

    fn slot(self) -> usize {
        self.order_slot as u32 as usize
    }
}

/// Nanoseconds since the reactor's epoch, of which those before it are negative, as a number
/// without a sign in the same order.
fn biased(deadline: i64) -> u64 {
    deadline as u64 ^ (1 << 63)
}

fn unbiased(deadline: u64) -> i64 {
    (deadline ^ (1 << 63)) as i64
}

#[derive(Debug)]
struct Slot {
    order: u32,
    waker: Option<Waker>,
}

/// A timer's own place. Freed by [`Timers::free`], by nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotKey(u32);

/// All timers of one thread.
#[derive(Debug)]
pub(crate) struct Timers {
    heap: Vec<Entry>,
    slots: Slab<Slot>,
    last_order: u32,
    live: usize,
}

impl Timers {
    pub(crate) const fn new() -> Timers {
        Timers::numbered_after(DISARMED)
    }

    /// No timers yet, as if `last_order` had been armed before.
    pub(crate) const fn numbered_after(last_order: u32) -> Timers {
        Timers {
            heap: Vec::new(),
            slots: Slab::new(),
            last_order,
            live: 0,
        }
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

    /// A new slot, disarmed. `None` beyond 2^32 timers.
    pub(crate) fn reserve(&mut self, waker: Waker) -> Option<SlotKey> {
        let entry = self.slots.vacant_entry();
        let key = SlotKey(u32::try_from(entry.key()).ok()?);
        entry.insert(Slot {
            order: DISARMED,
            waker: Some(waker),
        });
        Some(key)
    }

    /// Arms a slot for a deadline, after all that are armed for the same one. An earlier arming of
    /// it is forgotten.
    pub(crate) fn arm(&mut self, key: SlotKey, deadline: i64) {
        self.disarm(key);
        if self.last_order == u32::MAX {
            self.renumber();
        }
        self.last_order += 1;
        let order = self.last_order;
        if let Some(slot) = self.slots.get_mut(key.0 as usize) {
            slot.order = order;
            self.live += 1;
            self.heap.push(Entry::new(deadline, order, key.0));
            self.sift_up(self.heap.len() - 1, 0);
        }
    }

    /// Forgets a slot's deadline; the waker stays.
    pub(crate) fn disarm(&mut self, key: SlotKey) {
        let Some(slot) = self.slots.get_mut(key.0 as usize) else {
            return;
        };
        let order = mem::replace(&mut slot.order, DISARMED);
        if order == DISARMED {
            return;
        }
        self.live -= 1;
        match self.heap.last() {
            Some(last) if last.order() == order => drop(self.heap.pop()),
            _ => self.compact_if_stale(),
        }
    }

    /// Whether a slot is armed.
    #[allow(dead_code, reason = "the model asks")]
    pub(crate) fn is_armed(&self, key: SlotKey) -> bool {
        self.slots
            .get(key.0 as usize)
            .is_some_and(|slot| slot.order != DISARMED)
    }

    /// Whether the slot's waker is still there, that is, whether it has not fired since it was last
    /// set.
    pub(crate) fn waker(&self, key: SlotKey) -> Option<&Waker> {
        self.slots.get(key.0 as usize)?.waker.as_ref()
    }

    /// Puts a waker into a slot; gives back the one it replaces, to be dropped when no borrow is
    /// held.
    #[must_use]
    pub(crate) fn set_waker(&mut self, key: SlotKey, waker: Waker) -> Option<Waker> {
        self.slots.get_mut(key.0 as usize)?.waker.replace(waker)
    }

    /// Gives a slot back, with its waker, to be dropped when no borrow is held.
    #[must_use]
    pub(crate) fn free(&mut self, key: SlotKey) -> Option<Waker> {
        self.disarm(key);
        self.slots.try_remove(key.0 as usize)?.waker
    }

    /// The earliest deadline.
    pub(crate) fn next_deadline(&mut self) -> Option<i64> {
        while let Some(first) = self.heap.first() {
            if self.is_live(*first) {
                return Some(unbiased(first.deadline));
            }
            self.pop_first();
        }
        None
    }

    /// Disarms the earliest timer if it is due at `now` and takes its waker.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<Option<Waker>> {
        if self.next_deadline()? > now {
            return None;
        }
        let entry = self.pop_first()?;
        self.live -= 1;
        let slot = self.slots.get_mut(entry.slot())?;
        slot.order = DISARMED;
        Some(slot.waker.take())
    }

    fn is_live(&self, entry: Entry) -> bool {
        self.slots
            .get(entry.slot())
            .is_some_and(|slot| slot.order == entry.order())
    }

    fn pop_first(&mut self) -> Option<Entry> {
        if self.heap.is_empty() {
            return None;
        }
        let first = self.heap.swap_remove(0);
        self.sift_down(0);
        Some(first)
    }

    /// Moves the entry at `at` up to where it belongs, at most to `top`.
    fn sift_up(&mut self, mut at: usize, top: usize) {
        let moving = self.heap[at];
        while at > top {
            let parent = (at - 1) / ARITY;
            if self.heap[parent].rank() <= moving.rank() {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = moving;
    }

    /// Moves the entry at `top` down to where it belongs: first the gap all the way to the bottom,
    /// then the entry from there up. It came from the bottom and mostly stays near it, so looking
    /// on each level whether it belongs there would be an answer that is always no; and a way down
    /// that only compares children has no branch that a processor could guess wrongly.
    fn sift_down(&mut self, top: usize) {
        let Some(&moving) = self.heap.get(top) else {
            return;
        };
        let mut gap = top;
        while let Some(least) = self.least_child(gap) {
            self.heap[gap] = self.heap[least];
            gap = least;
        }
        self.heap[gap] = moving;
        self.sift_up(gap, top);
    }

    fn least_child(&self, at: usize) -> Option<usize> {
        let first = at * ARITY + 1;
        let Some([a, b, c, d]) = self.heap.get(first..first + ARITY) else {
            return (first..self.heap.len()).min_by_key(|&child| self.heap[child].rank());
        };
        let lesser = |one: (u128, usize), other: (u128, usize)| match other.0 < one.0 {
            true => other,
            false => one,
        };
        let left = lesser((a.rank(), first), (b.rank(), first + 1));
        let right = lesser((c.rank(), first + 2), (d.rank(), first + 3));
        Some(lesser(left, right).1)
    }

    fn compact_if_stale(&mut self) {
        if self.heap.len() > 2 * self.live + STALE_SLACK {
            self.compact();
            for at in (0..self.heap.len().div_ceil(ARITY)).rev() {
                self.sift_down(at);
            }
        }
    }

    /// Keeps the live entries, in no order.
    fn compact(&mut self) {
        let slots = &self.slots;
        self.heap.retain(|entry| {
            slots
                .get(entry.slot())
                .is_some_and(|slot| slot.order == entry.order())
        });
    }

    /// Numbers the live entries from 1 in their order. A sorted array is a heap.
    fn renumber(&mut self) {
        self.compact();
        self.heap.sort_unstable_by_key(|entry| entry.rank());
        self.last_order = DISARMED;
        for entry in &mut self.heap {
            self.last_order += 1;
            entry.set_order(self.last_order);
            if let Some(slot) = self.slots.get_mut(entry.slot()) {
                slot.order = self.last_order;
            }
        }
    }
}
