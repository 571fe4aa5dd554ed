//! A timer queue as a `BTreeMap` from deadline and number of arming to name.

use std::collections::BTreeMap;

use wakeful_executor::timers::{TimerQueue, TimersFull};

use super::{Choices, HANDS, Hands};

/// Fewer places than hands, so that the queue is full at times.
const PLACES: usize = 4;

#[derive(Default)]
struct Model {
    armed: BTreeMap<(u64, u64), usize>,
    fired: Vec<usize>,
    armings: u64,
    woken: Vec<usize>,
}

impl Model {
    fn is_armed(&self, name: usize) -> bool {
        self.armed.values().any(|&other| other == name)
    }

    fn poll(&mut self, name: usize, deadline: u64) -> Option<Result<(), TimersFull>> {
        if self.is_armed(name) {
            return None;
        }
        if self.fired.contains(&name) {
            self.fired.retain(|&other| other != name);
            return Some(Ok(()));
        }
        if self.armed.len() + self.fired.len() == PLACES {
            return Some(Err(TimersFull));
        }
        self.armings += 1;
        self.armed.insert((deadline, self.armings), name);
        None
    }

    fn drop(&mut self, name: usize) {
        self.armed.retain(|_, &mut other| other != name);
        self.fired.retain(|&other| other != name);
    }

    fn expire(&mut self, now: u64) -> Option<u64> {
        while let Some(first) = self.armed.first_entry() {
            if first.key().0 > now {
                return Some(first.key().0);
            }
            let name = first.remove();
            self.fired.push(name);
            self.woken.push(name);
        }
        None
    }
}

/// Deadlines that tie often, differ in either half, and reach both ends of the range.
fn tick(choice: usize) -> u64 {
    let base = [0, 1 << 32, u64::MAX - 7, 5][choice / 8 % 4];
    base + (choice % 8) as u64
}

/// Runs a timer queue and its model side by side.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let queue = TimerQueue::<PLACES>::new();
    let mut model = Model::default();
    let mut deadlines = [0; HANDS];
    let mut hands = Hands::default();
    while let (Some(op), Some(name), Some(at)) =
        (choices.pick(9), choices.pick(HANDS), choices.pick(32))
    {
        let wakers = hands.wakers();
        match op {
            0..3 if hands.start(name, queue.sleep_until(tick(at))) => deadlines[name] = tick(at),
            3..6 if hands.has(name) => {
                assert_eq!(hands.poll(name), model.poll(name, deadlines[name]));
            }
            6 => {
                hands.drop(name);
                model.drop(name);
            }
            7 | 8 => assert_eq!(queue.expire(tick(at)), model.expire(tick(at))),
            _ => {}
        }
        let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
        assert_eq!(hands.log.take(), woken);
        assert_eq!(queue.len(), model.armed.len() + model.fired.len());
        let next = model.armed.first_key_value().map(|(key, _)| key.0);
        assert_eq!(queue.next_deadline(), next);
    }
}
