//! The reactor's park state under loom: every interleaving of an owner that looks and sleeps with
//! wakers that write and wake. The file under test is the reactor's own; loom's atomics stand in
//! the place of its `atomic` module.
//!
//! ```text
//! cargo test -p wakeful-tests --features loom --test loom_park_state
//! ```

#![cfg(feature = "loom")]

mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};
}

#[path = "../../reactor/src/park_state.rs"]
#[allow(dead_code, reason = "the reactor uses more of it than the model does")]
mod park_state;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use park_state::{ParkState, Wake};

/// A park state, and beside it the notifier and the wait: a notification that is made before the wait
/// ends it at once, and each ends one wait (the eventfd's edge). Its lock is no help to the orderings
/// of the state: the payload is also read after sleeps that no notification has ended.
struct Side {
    state: ParkState,
    notified: Mutex<bool>,
    changed: Condvar,
    notifications: AtomicUsize,
    /// What the wakers wake for. Relaxed, so that the park state alone can make it visible.
    payload: AtomicUsize,
}

impl Side {
    fn new() -> Arc<Side> {
        Arc::new(Side {
            state: ParkState::new(),
            notified: Mutex::new(false),
            changed: Condvar::new(),
            notifications: AtomicUsize::new(0),
            payload: AtomicUsize::new(0),
        })
    }

    fn wake(&self) {
        self.payload.fetch_add(1, Ordering::Relaxed);
        if self.state.wake() == Wake::Notify {
            self.notifications.fetch_add(1, Ordering::Relaxed);
            *self.notified.lock().unwrap() = true;
            self.changed.notify_one();
        }
    }

    /// One sleep, as the reactor's: park, wait for a notification and take it, unpark.
    fn sleep(&self) -> bool {
        if !self.state.park() {
            return false;
        }
        let mut notified = self.notified.lock().unwrap();
        while !*notified {
            notified = self.changed.wait(notified).unwrap();
        }
        *notified = false;
        drop(notified);
        self.state.unpark();
        true
    }

    /// A look at the events without a wait takes a notification too.
    fn look(&self) {
        *self.notified.lock().unwrap() = false;
    }

    /// `block_on`: polls for `wanted`, and sleeps while nobody has woken it. Returns how often it
    /// slept.
    fn block_on(&self, wanted: usize) -> usize {
        let mut sleeps = 0;
        loop {
            if self.payload.load(Ordering::Relaxed) == wanted {
                return sleeps;
            }
            while !self.state.take() {
                sleeps += usize::from(self.sleep());
            }
            self.look();
        }
    }
}

/// A lost wake is a sleep for ever, which loom reports as a deadlock.
fn owner_against(wakers: usize, preemptions: Option<usize>) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let side = Side::new();
        let threads: Vec<_> = (0..wakers)
            .map(|_| {
                let side = side.clone();
                thread::spawn(move || side.wake())
            })
            .collect();
        let sleeps = side.block_on(wakers);
        for thread in threads {
            thread.join().unwrap();
        }
        // A notification may be on its way to a sleep that another has ended, so count the wakes
        // that found the owner asleep: there is one for each sleep at most.
        assert!(side.notifications.load(Ordering::Relaxed) <= sleeps.max(1));
    });
}

#[test]
fn one_waker_is_never_slept_through() {
    owner_against(1, None);
}

#[test]
fn two_wakers_are_never_slept_through_and_notify_once_a_sleep() {
    // Three preemptions find what there is to find; all of them take minutes.
    owner_against(2, Some(3));
}

#[test]
fn the_owner_s_own_wake_makes_no_call() {
    loom::model(|| {
        let side = Side::new();
        let other = side.clone();
        let thread = thread::spawn(move || other.wake());
        // As a future that wakes itself: whatever the other thread does, this one is awake.
        assert_eq!(side.state.wake(), Wake::Done);
        assert!(side.state.take());
        side.block_on(1);
        thread.join().unwrap();
    });
}
