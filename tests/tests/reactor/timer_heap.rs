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

/// What the heap should hold: the slots by deadline and order of arming.
#[derive(Default)]
struct Model {
    due: BTreeMap<(i64, u64), usize>,
    armed: Vec<Option<(i64, u64)>>,
    orders: u64,
}

impl Model {
    fn arm(&mut self, timer: usize, deadline: i64) {
        self.disarm(timer);
        self.orders += 1;
        self.armed[timer] = Some((deadline, self.orders));
        self.due.insert((deadline, self.orders), timer);
    }

    fn disarm(&mut self, timer: usize) {
        if let Some(place) = self.armed[timer].take() {
            self.due.remove(&place);
        }
    }
}

/// A slot of a task that waits for no deadline.
fn idle(heap: &mut Timers) -> SlotKey {
    let slot = heap.insert(Waker::noop().clone(), None);
    slot.expect("there is room")
}

/// A slot of a task that waits for a deadline.
fn armed(heap: &mut Timers, deadline: i64) -> SlotKey {
    let slot = heap.insert(Waker::noop().clone(), Some(deadline));
    slot.expect("there is room")
}

/// The heap and the model side by side. A timer's slot is found back by its key.
struct Pair {
    heap: Timers,
    model: Model,
    keys: Vec<SlotKey>,
}

impl Pair {
    fn new(last_order: u32, timers: usize) -> Pair {
        let mut heap = Timers::numbered_after(last_order);
        let keys = (0..timers).map(|_| idle(&mut heap)).collect();
        let model = Model { armed: vec![None; timers], ..Model::default() };
        Pair { heap, model, keys }
    }

    fn arm(&mut self, timer: usize, deadline: i64) {
        drop(self.heap.remove(self.keys[timer]));
        self.keys[timer] = armed(&mut self.heap, deadline);
        self.model.arm(timer, deadline);
    }

    fn disarm(&mut self, timer: usize) {
        drop(self.heap.remove(self.keys[timer]));
        self.keys[timer] = idle(&mut self.heap);
        self.model.disarm(timer);
    }

    /// Takes what is due from both, one by one; which timer it was shows by which is armed no more.
    fn expire(&mut self, now: i64) {
        while let Some(first) = self.model.due.first_entry() {
            if first.key().0 > now {
                break;
            }
            let timer = *first.get();
            self.model.disarm(timer);
            assert!(self.heap.pop_due(now).is_some(), "timer {timer} is due");
            let first = self.heap.has_fired(self.keys[timer]);
            assert!(first, "timer {timer} was the first");
            // As a timer does before it waits again.
            assert!(self.heap.remove(self.keys[timer]).is_none());
            self.keys[timer] = idle(&mut self.heap);
        }
        assert!(self.heap.pop_due(now).is_none());
    }

    fn check(&mut self) {
        assert_eq!(self.heap.armed(), self.model.due.len());
        let next = self.model.due.keys().next().map(|place| place.0);
        assert_eq!(self.heap.next_deadline(), next);
        let fired = self.keys.iter().filter(|&&key| self.heap.has_fired(key));
        assert_eq!(fired.count(), 0);
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
            0..=3 => pair.arm(timer, now + dice.i64(0..12)),
            4..=5 => pair.disarm(timer),
            _ => {
                now += dice.i64(0..6);
                pair.expire(now);
            }
        }
        pair.check();
    }
    pair.expire(i64::MAX);
    pair.check();
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
            pair.arm(timer, dice.i64(0..1 << 40) - (1 << 39));
        }
        let cancelled = (0..2_000).filter(|_| dice.u8(..4) > 0).collect::<Vec<_>>();
        for timer in cancelled {
            pair.disarm(timer);
        }
        assert!(pair.heap.entries() < 1_500, "the heap was made anew");
        pair.expire(i64::MAX);
        pair.check();
    }
}

#[test]
fn arming_and_dropping_for_ever_takes_no_more_memory() {
    // One timer stays; the others come and go ahead of it, so that none is the array's last.
    let mut timers = Timers::new();
    let mut keys: Vec<_> = (0..100).map(|_| idle(&mut timers)).collect();
    for round in 0..10_000_i64 {
        for (i, key) in keys.iter_mut().enumerate() {
            drop(timers.remove(*key));
            *key = armed(&mut timers, round + 100 - i as i64);
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
    let keys: Vec<_> = (0..1_000).map(|i| armed(&mut timers, i)).collect();
    for (cancelled, key) in (1..).zip(&keys[..600]) {
        drop(timers.remove(*key));
        let is_made_anew = cancelled > 532; // then there are more than twice what is left, and 64
        assert_eq!(timers.entries() < 1_000, is_made_anew, "{cancelled}");
    }
}

#[test]
fn a_timer_that_is_dropped_soon_after_it_was_armed_leaves_no_entry() {
    let mut timers = Timers::new();
    let _first = armed(&mut timers, 10);
    let later = armed(&mut timers, 20);
    assert!(timers.remove(later).is_some());
    assert_eq!(timers.entries(), 1);
}

#[test]
fn a_slot_that_was_freed_and_reserved_again_does_not_hear_its_predecessor() {
    let mut timers = Timers::new();
    let first = armed(&mut timers, 10);
    let other = armed(&mut timers, 20); // now the first is not the array's last: its entry goes stale
    assert!(timers.remove(first).is_some());
    let second = armed(&mut timers, 30);
    assert_eq!(first, second, "the same place");
    assert!(timers.pop_due(10).is_none());
    assert!(timers.pop_due(20).is_some());
    assert!(timers.has_fired(other) && !timers.has_fired(second));
    assert_eq!(timers.next_deadline(), Some(30));
}
