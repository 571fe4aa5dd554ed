//! The reactor's timer heap against a sorted map, operation by operation. The file under test is
//! the reactor's own, compiled here so that its numbering can begin near the end of its range.

#[path = "../../../reactor/src/time/heap.rs"]
mod heap;
#[path = "../../../reactor/src/time/queue.rs"]
#[allow(dead_code, reason = "the reactor uses more of it than the model does")]
mod queue;

use fastrand::Rng;
use queue::{SlotKey, Timers};
use std::collections::BTreeMap;
use std::task::Waker;

/// The slot of a task that waits for a deadline, or for none.
fn slot(heap: &mut Timers, deadline: impl Into<Option<i64>>) -> SlotKey {
    let slot = heap.insert(Waker::noop().clone(), deadline.into());
    slot.expect("there is room")
}

/// The heap and what it should hold, side by side.
struct Pair {
    heap: Timers,
    /// The timers that are armed, by deadline and order of arming.
    due: BTreeMap<(i64, u64), usize>,
    /// Each timer's slot, and its place in the map.
    timers: Vec<(SlotKey, Option<(i64, u64)>)>,
    orders: u64,
}

impl Pair {
    fn new(last_order: u32, timers: usize) -> Pair {
        let mut heap = Timers::numbered_after(last_order);
        let timers = (0..timers).map(|_| (slot(&mut heap, None), None)).collect();
        Pair { heap, due: BTreeMap::new(), timers, orders: 0 }
    }

    fn set(&mut self, timer: usize, deadline: Option<i64>) {
        let (key, place) = &mut self.timers[timer];
        drop(self.heap.remove(*key));
        *key = slot(&mut self.heap, deadline);
        if let Some(place) = place.take() {
            self.due.remove(&place);
        }
        self.orders += 1;
        *place = deadline.map(|deadline| (deadline, self.orders));
        self.due.extend(place.map(|place| (place, timer)));
    }

    /// Takes what is due from both, one by one; which timer it was shows by which is armed no more.
    fn expire(&mut self, now: i64) {
        while let Some((_, &timer)) = self.due.first_key_value().filter(|(place, _)| place.0 <= now)
        {
            assert!(self.heap.pop_due(now).is_some(), "timer {timer} is due");
            assert!(self.heap.has_fired(self.timers[timer].0), "timer {timer} was the first");
            self.set(timer, None); // as a timer does before it waits again
        }
        assert!(self.heap.pop_due(now).is_none());
        self.check();
    }

    fn check(&mut self) {
        assert_eq!(self.heap.armed(), self.due.len());
        let next = self.due.keys().next().map(|place| place.0);
        assert_eq!(self.heap.next_deadline(), next);
        assert!(!self.timers.iter().any(|&(key, _)| self.heap.has_fired(key)));
    }
}

fn random_operations(seed: u64, last_order: u32) {
    let mut dice = Rng::with_seed(seed);
    let timers = 1 + dice.usize(..40);
    let mut pair = Pair::new(last_order, timers);
    let mut now = -100;
    for _ in 0..400 {
        let timer = dice.usize(..timers);
        match dice.u8(..8) {
            // Few different deadlines, so that there are ties.
            0..=3 => pair.set(timer, Some(now + dice.i64(0..12))),
            4..=5 => pair.set(timer, None),
            _ => {
                now += dice.i64(0..6);
                pair.expire(now);
            }
        }
        pair.check();
    }
    pair.expire(i64::MAX);
}

#[test]
fn any_operations_leave_the_heap_as_the_sorted_map_says_also_at_the_end_of_its_numbers() {
    for seed in 0..300 {
        random_operations(seed, 0);
        random_operations(seed, u32::MAX - 1 - (seed as u32 % 200));
    }
}

#[test]
fn what_is_left_after_most_were_cancelled_is_in_order() {
    for seed in 0..20 {
        let mut dice = Rng::with_seed(seed);
        let mut pair = Pair::new(0, 2_000);
        for timer in 0..2_000 {
            pair.set(timer, Some(dice.i64(0..1 << 40) - (1 << 39)));
        }
        for timer in (0..2_000).filter(|_| dice.u8(..4) > 0) {
            pair.set(timer, None);
        }
        assert!(pair.heap.entries() < 1_500, "the heap was made anew");
        pair.expire(i64::MAX);
    }
}

#[test]
fn arming_and_dropping_for_ever_takes_no_more_memory() {
    // One timer stays; the others come and go ahead of it, so that none is the array's last.
    let mut timers = Timers::new();
    let mut keys: Vec<_> = (0..100).map(|_| slot(&mut timers, None)).collect();
    for round in 0..10_000_i64 {
        for (i, key) in keys.iter_mut().enumerate() {
            drop(timers.remove(*key));
            *key = slot(&mut timers, round + 100 - i as i64);
        }
        if round % 1_000 == 0 {
            assert_eq!(timers.armed(), 100);
            let entries = timers.entries();
            assert!((100..=2 * 100 + 65).contains(&entries), "{entries} entries");
        }
    }
}

#[test]
fn promise_7_the_heap_is_made_anew_only_after_as_many_cancels_as_timers_are_left() {
    let mut timers = Timers::new();
    let keys: Vec<_> = (0..1_000).map(|i| slot(&mut timers, i)).collect();
    for (cancelled, key) in (1..).zip(&keys[..600]) {
        drop(timers.remove(*key));
        let is_made_anew = cancelled > 532; // then there are more than twice what is left, and 64
        assert_eq!(timers.entries() < 1_000, is_made_anew, "{cancelled}");
    }
}

#[test]
fn a_slot_that_was_freed_and_reserved_again_does_not_hear_its_predecessor() {
    let mut timers = Timers::new();
    let first = slot(&mut timers, 10);
    let other = slot(&mut timers, 20);
    let last = slot(&mut timers, 30);
    assert!(timers.remove(last).is_some());
    assert_eq!(timers.entries(), 2, "the array's last leaves no entry");
    assert!(timers.remove(first).is_some()); // not the last: its entry goes stale
    let second = slot(&mut timers, 30);
    assert_eq!(first, second, "the same place");
    assert!(timers.pop_due(10).is_none());
    assert!(timers.pop_due(20).is_some());
    assert!(timers.has_fired(other) && !timers.has_fired(second));
    assert_eq!(timers.next_deadline(), Some(30));
}
