//! The reactor's wake flag under loom: every interleaving of an owner that looks and sleeps with
//! wakers that write and raise. The file under test is the reactor's own; loom's atomics stand in
//! the place of its `atomic` module.
//!
//! ```text
//! cargo test -p wakeful-tests --features loom --test loom_flag
//! ```

#![cfg(feature = "loom")]

mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};
}

#[path = "../../reactor/src/flag.rs"]
#[allow(dead_code, reason = "the reactor uses more of it than the model does")]
mod flag;

use flag::{Flag, Raise};
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// The poller's notify and wait: rung before the wait, it ends the wait at once; it rings on until
/// it is answered. Its lock is no help to the flag's orderings: the payload is read by who was not
/// rung, too.
struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
    rings: AtomicUsize,
}

struct Side {
    flag: Flag,
    bell: Bell,
    /// What the wakers wake for. Relaxed, so that the flag alone can make it visible.
    payload: AtomicUsize,
}

impl Side {
    fn new() -> Arc<Side> {
        Arc::new(Side {
            flag: Flag::new(),
            bell: Bell {
                rung: Mutex::new(false),
                heard: Condvar::new(),
                rings: AtomicUsize::new(0),
            },
            payload: AtomicUsize::new(0),
        })
    }

    fn wake(&self) {
        self.payload.fetch_add(1, Ordering::Relaxed);
        if self.flag.raise() == Raise::Ring {
            self.bell.rings.fetch_add(1, Ordering::Relaxed);
            *self.bell.rung.lock().unwrap() = true;
            self.bell.heard.notify_one();
        }
    }

    /// One sleep, as the reactor's: fall asleep, wait, wake up, and only then answer the bell.
    fn sleep(&self) -> bool {
        if !self.flag.fall_asleep() {
            return false;
        }
        let mut rung = self.bell.rung.lock().unwrap();
        while !*rung {
            rung = self.bell.heard.wait(rung).unwrap();
        }
        drop(rung);
        self.flag.wake_up();
        *self.bell.rung.lock().unwrap() = false;
        true
    }

    /// `block_on`: polls for `wanted`, and sleeps while the flag is down. Returns how often it
    /// slept.
    fn block_on(&self, wanted: usize) -> usize {
        let mut sleeps = 0;
        loop {
            if self.payload.load(Ordering::Relaxed) == wanted {
                return sleeps;
            }
            while !self.flag.take() {
                sleeps += usize::from(self.sleep());
            }
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
        // A ring may be on its way to a sleep that something else has ended, so count the raises
        // that found the owner asleep: there is one for each sleep at most.
        assert!(side.bell.rings.load(Ordering::Relaxed) <= sleeps.max(1));
    });
}

#[test]
fn one_waker_is_never_slept_through() {
    owner_against(1, None);
}

#[test]
fn two_wakers_are_never_slept_through_and_ring_once_a_sleep() {
    // Three preemptions find what there is to find; all of them take minutes.
    owner_against(2, Some(3));
}

#[test]
fn the_owner_s_own_raise_is_silent() {
    loom::model(|| {
        let side = Side::new();
        let other = side.clone();
        let thread = thread::spawn(move || other.wake());
        // As a future that wakes itself: whatever the other thread does, this one is awake.
        assert_eq!(side.flag.raise(), Raise::Silent);
        assert!(side.flag.take());
        side.block_on(1);
        thread.join().unwrap();
    });
}
