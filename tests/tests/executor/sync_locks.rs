//! The promises of `Mutex`, `Semaphore`, `Event` and `Condvar`, one by one: whole traces under the
//! executor, and by hand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Context;

use wakeful_executor::sync::{Condvar, Event, Mutex, Semaphore, TakeCell};
use wakeful_executor::{block_on, yield_now};
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker};
use wakeful_tests::trace::{Trace, run_all};

#[test]
fn a_mutex_goes_from_hand_to_hand_in_the_order_of_asking() {
    let trace = Trace::default();
    let mutex = Rc::new(Mutex::new(0));
    run_all(&['a', 'b', 'c'], |name| {
        let (trace, mutex) = (trace.clone(), mutex.clone());
        async move {
            for _ in 0..2 {
                let mut count = mutex.lock().await;
                trace.note(format!("{name} in"));
                let seen = *count;
                yield_now().await;
                *count = seen + 1;
                trace.note(format!("{name} out"));
            }
        }
    });
    let turns = ["a in", "a out", "b in", "b out", "c in", "c out"];
    assert_eq!(trace.take(), [turns, turns].concat());
    assert_eq!(*mutex.try_lock().expect("nobody has it"), 6);
}

#[test]
fn who_unlocks_and_asks_again_at_once_stands_behind_those_who_waited() {
    let trace = Trace::default();
    let mutex = Rc::new(Mutex::new(()));
    run_all(&['g', 'p'], |name| {
        let (trace, mutex) = (trace.clone(), mutex.clone());
        async move {
            for _ in 0..3 {
                let guard = mutex.lock().await;
                trace.note(name);
                yield_now().await;
                drop(guard); // The greedy one comes straight back.
            }
        }
    });
    assert_eq!(trace.take().concat(), "gpgpgp");
}

#[test]
fn a_mutex_is_unlocked_by_a_panic_while_it_is_locked() {
    let mutex = Mutex::new(1);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = mutex.try_lock();
        panic!("on purpose");
    }));
    assert!(result.is_err());
    assert!(!mutex.is_locked());
    assert_eq!(mutex.into_inner(), 1);
}

#[test]
fn a_semaphore_never_lets_more_in_than_it_has_permits() {
    let inside = Rc::new(Cell::new((0, 0)));
    let turns = Rc::new(Semaphore::new(2));
    run_all(&['a', 'b', 'c', 'd', 'e', 'f'], |_| {
        let (inside, turns) = (inside.clone(), turns.clone());
        async move {
            let _permit = turns.acquire().await;
            let (now, most) = inside.get();
            inside.set((now + 1, most.max(now + 1)));
            yield_now().await;
            let (now, most) = inside.get();
            inside.set((now - 1, most));
        }
    });
    assert_eq!(inside.get(), (0, 2));
    assert_eq!(turns.available(), 2);
}

#[test]
fn who_wants_many_permits_is_not_starved_by_those_who_want_one() {
    let log = WakeLog::default();
    let turns = Semaphore::new(2);
    let held = [turns.try_acquire(1), turns.try_acquire(1)];
    let mut many = log.hand(0, turns.acquire_many(2));
    let mut one = log.hand(1, turns.acquire());
    assert!(many.poll().is_none() && one.poll().is_none());
    let [first, second] = held;
    drop(first);
    assert_eq!(log.names(), []); // One is free, and kept together for the first in line.
    assert!(turns.try_acquire(1).is_none());
    drop(second);
    assert_eq!(log.names(), [0]);
    drop(many); // It gives up: both permits go on.
    assert_eq!(log.names(), [1]);
    assert_eq!(one.poll().map(|permit| permit.count()), Some(1));
    assert_eq!(turns.available(), 2);
}

#[test]
fn giving_up_a_wish_for_many_lets_those_behind_go_on() {
    let log = WakeLog::default();
    let turns = Semaphore::new(1);
    let mut many = log.hand(0, turns.acquire_many(5));
    let mut one = log.hand(1, turns.acquire());
    assert!(many.poll().is_none() && one.poll().is_none());
    drop(many);
    assert_eq!(log.names(), [1]);
    assert!(one.poll().is_some());
}

#[test]
fn permits_stop_at_the_largest_number_and_forgotten_ones_stay_away() {
    let turns = Semaphore::new(3);
    turns.try_acquire(2).expect("two of three").forget();
    assert_eq!(turns.available(), 1);
    turns.release(usize::MAX);
    assert_eq!(turns.available(), usize::MAX);
}

#[test]
fn an_event_lets_all_through_in_order_until_it_is_cleared() {
    let trace = Trace::default();
    let event = Rc::new(Event::default());
    run_all(&['a', 'b', 'c', 's'], |name| {
        let (trace, event) = (trace.clone(), event.clone());
        async move {
            if name == 's' {
                event.set();
                event.clear(); // Too late for those who waited.
                trace.note("set");
            } else {
                event.wait().await;
                trace.note(name);
            }
        }
    });
    assert_eq!(trace.take(), ["set", "a", "b", "c"]);
    assert!(!event.is_set());
    event.set();
    block_on(event.wait());
}

#[test]
fn a_notification_is_for_those_who_wait_and_is_not_kept() {
    let log = WakeLog::default();
    let event = Event::new();
    event.notify(3);
    let mut wait = log.hand(0, event.wait());
    assert!(wait.poll().is_none());
    assert!(wait.poll().is_none());
    event.notify(0);
    assert_eq!(log.names(), []);
    event.notify(1);
    assert_eq!(log.take(), [(0, 2)]);
    assert!(wait.poll().is_some());
}

#[test]
fn a_condition_is_waited_for_with_the_lock_free_and_met_with_the_lock_held() {
    let trace = Trace::default();
    let shared = Rc::new((Mutex::new(Vec::new()), Condvar::default()));
    run_all(&['1', '2', 'p'], |name| {
        let (trace, shared) = (trace.clone(), shared.clone());
        async move {
            let (basket, filled) = &*shared;
            let mut guard = basket.lock().await;
            if name == 'p' {
                guard.extend(["fig", "plum"]);
                filled.notify_all();
                trace.note("filled");
                yield_now().await; // Both are awake, and neither has the lock.
                return trace.note("unlocking");
            }
            while guard.is_empty() {
                guard = filled.wait(guard).await;
            }
            trace.note(format!("{name} {}", guard.remove(0)));
        }
    });
    assert_eq!(trace.take(), ["filled", "unlocking", "1 fig", "2 plum"]);
}

#[test]
fn a_notified_waiter_dropped_at_any_point_passes_the_notification_on() {
    for polls_after in 0..2 {
        let log = WakeLog::default();
        let (mutex, condvar) = (Mutex::new(()), Condvar::new());
        let mut waits: Vec<_> = (0..2)
            .map(|name| {
                let guard = mutex.try_lock().expect("free between the polls");
                let mut wait = log.hand(name, condvar.wait(guard));
                assert!(wait.poll().is_none());
                wait
            })
            .collect();
        let held = mutex.try_lock().expect("both wait");
        condvar.notify_one();
        assert_eq!(log.names(), [0]);
        for _ in 0..polls_after {
            assert!(waits[0].poll().is_none()); // In line for the lock.
        }
        drop(waits.remove(0));
        assert_eq!(log.names(), [1], "after {polls_after} polls");
        drop(held);
        assert!(waits[0].poll().is_some());
    }
}

#[test]
fn a_wait_that_was_never_polled_only_unlocks() {
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    drop(condvar.wait(mutex.try_lock().expect("free")));
    assert!(!mutex.is_locked());
}

#[test]
fn a_waiter_polled_again_by_the_same_task_keeps_its_waker() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let waker = acting_waker({
        let seen = seen.clone();
        move |event| seen.borrow_mut().push(event)
    });
    let mut context = Context::from_waker(&waker);
    let event = Event::new();
    let mut wait = std::pin::pin!(event.wait());
    for _ in 0..3 {
        assert!(wait.as_mut().poll(&mut context).is_pending());
    }
    event.set();
    assert!(wait.poll(&mut context).is_ready());
    assert_eq!(*seen.borrow(), [WakerEvent::Cloned, WakerEvent::Woken]);
}

#[test]
fn of_many_threads_that_take_a_cell_one_has_it() {
    static CELL: TakeCell<Mutex<u8>> = TakeCell::new(Mutex::new(7));
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| CELL.take().and_then(Mutex::try_lock).map(|value| *value)))
        .collect();
    let taken: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().ok()?).collect();
    assert_eq!(taken, [7]);
    assert!(CELL.take().is_none());
}
