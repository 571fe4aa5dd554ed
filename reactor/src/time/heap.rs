//! A four-ary heap of deadlines.
//!
//! An **entry** is 16 bytes, in which deadline, order of arming and slot are one number. Four
//! children then share one or two cache lines, which is why a node has four and not two. A slot
//! does not know where in the heap its entry is, so sifting writes to nothing but the heap: with a
//! million timers that is what counts.
//!
//! The d-ary heap is from Johnson, "Priority queues with update and finding minimum spanning trees"
//! (1975); moving the gap to the bottom first is Floyd's, in Knuth, "The Art of Computer
//! Programming", volume 3, exercise 5.2.3-18.

/// Children of a node.
const ARITY: usize = 4;

/// From the high bits to the low: the deadline, the order of arming, the slot. As one number it is
/// compared without a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u128);

impl Entry {
    pub(super) fn new(deadline: i64, order: u32, slot: u32) -> Entry {
        // With the sign's bit flipped, negative numbers come before the others.
        let deadline = deadline as u64 ^ (1 << 63);
        Entry(u128::from(deadline) << 64 | u128::from(order) << 32 | u128::from(slot))
    }

    pub(super) fn deadline(self) -> i64 {
        ((self.0 >> 64) as u64 ^ (1 << 63)) as i64
    }

    pub(super) fn order(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// The entries, the earliest first.
#[derive(Debug)]
pub(super) struct Heap(Vec<Entry>);

impl Heap {
    pub(super) const fn new() -> Heap {
        Heap(Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.0.first().copied()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push(entry);
        self.sift_up(self.0.len() - 1, 0);
    }

    pub(super) fn pop_first(&mut self) -> Option<Entry> {
        if self.0.is_empty() {
            return None;
        }
        let first = self.0.swap_remove(0);
        self.sift_down(0);
        Some(first)
    }

    /// Moves the entry at `at` up to where it belongs, at most to `top`.
    fn sift_up(&mut self, mut at: usize, top: usize) {
        let moving = self.0[at];
        while at > top {
            let parent = (at - 1) / ARITY;
            if self.0[parent] <= moving {
                break;
            }
            self.0[at] = self.0[parent];
            at = parent;
        }
        self.0[at] = moving;
    }

    /// Moves the entry at `top` down to where it belongs: first the gap all the way to the bottom,
    /// then the entry from there up. It came from the bottom and nearly always belongs near it, so
    /// the test on each level of the way down is skipped; and a way down that only compares
    /// children has no branch that a processor could guess wrongly.
    fn sift_down(&mut self, top: usize) {
        let Some(&moving) = self.0.get(top) else {
            return;
        };
        let mut gap = top;
        while let Some(least) = self.least_child(gap) {
            self.0[gap] = self.0[least];
            gap = least;
        }
        self.0[gap] = moving;
        self.sift_up(gap, top);
    }

    fn least_child(&self, at: usize) -> Option<usize> {
        let first = at * ARITY + 1;
        let Some([a, b, c, d]) = self.0.get(first..first + ARITY) else {
            return (first..self.0.len()).min_by_key(|&child| self.0[child]);
        };
        let lesser = |one: (Entry, usize), other: (Entry, usize)| match other.0 < one.0 {
            true => other,
            false => one,
        };
        let left = lesser((*a, first), (*b, first + 1));
        let right = lesser((*c, first + 2), (*d, first + 3));
        Some(lesser(left, right).1)
    }

    /// Removes the entry with this order if it is the last of the array, where nothing has to be
    /// moved.
    pub(super) fn pop_last(&mut self, order: u32) -> bool {
        self.0.pop_if(|last| last.order() == order).is_some()
    }

    /// Keeps the entries for which `keep` is true.
    pub(super) fn retain(&mut self, keep: impl Fn(Entry) -> bool) {
        self.0.retain(|entry| keep(*entry));
        for at in (0..self.0.len().div_ceil(ARITY)).rev() {
            self.sift_down(at);
        }
    }

    /// Numbers the entries from 1 in their order, and calls `note` with each. Returns the last
    /// number.
    pub(super) fn renumber(&mut self, mut note: impl FnMut(Entry)) -> u32 {
        // A sorted array is a heap.
        self.0.sort_unstable();
        let mut order = 0;
        for entry in &mut self.0 {
            order += 1;
            *entry = Entry::new(entry.deadline(), order, entry.slot());
            note(*entry);
        }
        order
    }
}
