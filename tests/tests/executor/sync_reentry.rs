//! The `sync` parts while foreign code calls back into them: out of a waker's wake, clone and drop,
//! and out of a value's drop.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wakeful_executor::sync::{
    Channel, ChannelRecv, Condvar, Event, EventWait, Mutex, Oneshot, Semaphore, Signal,
};
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker, on_wake};

/// A future that wakers share and may poll or drop.
type Shared<F> = Rc<RefCell<Option<Pin<Box<F>>>>>;

fn leak<T>(part: T) -> &'static T {
    Box::leak(Box::new(part))
}

fn share<F>(future: F) -> Shared<F> {
    Rc::new(RefCell::new(Some(Box::pin(future))))
}

fn poll<F: Future>(shared: &Shared<F>, waker: &Waker) -> Poll<F::Output> {
    let mut future = shared.borrow_mut();
    let future = future.as_mut().expect("it was not dropped");
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Four who wait for an event: the first with a waker that acts, the others with the log's.
fn four(
    event: &'static Event,
    act: impl FnOnce(&[Shared<EventWait<'static>>]) -> Waker,
) -> (Vec<Shared<EventWait<'static>>>, WakeLog) {
    let waits: Vec<_> = (0..4).map(|_| share(event.wait())).collect();
    let log = WakeLog::default();
    assert!(poll(&waits[0], &act(&waits)).is_pending());
    for (name, wait) in waits.iter().enumerate().skip(1) {
        assert!(poll(wait, &log.waker((name, 1))).is_pending());
    }
    (waits, log)
}

#[test]
fn a_chosen_waiter_dropped_by_the_wake_before_its_own_passes_its_turn_on() {
    let event = leak(Event::new());
    let (waits, log) = four(event, |waits| {
        let second = waits[1].clone();
        on_wake(move || drop(second.take()))
    });
    event.notify(2);
    // 0 and 1 were chosen; 1 was dropped before it was woken, so 2 has its turn; 3 waits.
    assert_eq!(log.names(), [2]);
    assert!(poll(&waits[2], Waker::noop()).is_ready());
    assert!(poll(&waits[3], Waker::noop()).is_pending());
}

#[test]
fn a_notification_inside_a_wake_goes_to_the_next_that_waits() {
    let event = leak(Event::new());
    let (waits, log) = four(event, |_| on_wake(move || event.notify(1)));
    event.notify(2);
    // 0 and 1 by the outer notification, 2 by the inner one, 3 by none.
    let mut woken = log.names();
    woken.sort_unstable();
    assert_eq!(woken, [1, 2]);
    assert!(poll(&waits[3], Waker::noop()).is_pending());
}

#[test]
fn a_newcomer_notified_while_the_others_are_being_told_does_not_cost_them_their_turn() {
    let (mutex, changed) = (leak(Mutex::new(())), leak(Condvar::new()));
    let log = WakeLog::default();
    let wait = move || share(changed.wait(mutex.try_lock().expect("free between the polls")));
    let newcomer = Rc::new(RefCell::new(None));
    let host = on_wake({
        let (log, newcomer) = (log.clone(), newcomer.clone());
        move || {
            let late = newcomer.borrow_mut().insert(wait()).clone();
            assert!(poll(&late, &log.waker((9, 1))).is_pending());
            changed.notify_one();
        }
    });
    let (first, second) = (wait(), share(async { changed.wait(mutex.lock().await).await }));
    assert!(poll(&first, &host).is_pending());
    assert!(poll(&second, &log.waker((2, 1))).is_pending());
    changed.notify_all();
    let mut woken = log.names();
    woken.sort_unstable();
    assert_eq!(woken, [2, 9]);
}

#[test]
fn a_notification_by_the_wake_that_the_unlocking_causes_is_not_missed() {
    let (mutex, changed) = (leak(Mutex::new(())), leak(Condvar::new()));
    let guard = mutex.try_lock().expect("free");
    let next = share(mutex.lock());
    assert!(poll(&next, &on_wake(move || changed.notify_one())).is_pending());
    // The first poll unlocks, which wakes the next, whose waker notifies.
    let wait = share(changed.wait(guard));
    assert!(poll(&wait, Waker::noop()).is_pending());
    drop(next.take());
    assert!(poll(&wait, Waker::noop()).is_ready());
}

#[test]
fn who_waits_again_inside_its_wake_is_not_woken_by_the_same_set() {
    let event = leak(Event::new());
    let wakes = Rc::new(Cell::new(0));
    let wait = share(event.wait());
    // Polls in place, as a foreign executor may: the wait ends, and another begins.
    let eager = {
        let (wait, wakes) = (wait.clone(), wakes.clone());
        on_wake(move || {
            wakes.set(wakes.get() + 1);
            assert!(poll(&wait, Waker::noop()).is_ready());
            let again = on_wake({
                let wakes = wakes.clone();
                move || wakes.set(wakes.get() + 100)
            });
            assert!(poll(&wait, &again).is_pending());
        })
    };
    assert!(poll(&wait, &eager).is_pending());
    event.notify(usize::MAX);
    assert_eq!(wakes.get(), 1);
    event.notify(usize::MAX);
    assert_eq!(wakes.get(), 101);
}

#[test]
fn a_flag_set_by_the_clone_of_the_waiters_own_waker_is_not_missed() {
    let event = leak(Event::new());
    let waker = acting_waker(move |what| {
        if what == WakerEvent::Cloned {
            event.set();
        }
    });
    assert!(poll(&share(event.wait()), &waker).is_ready());
}

#[test]
fn a_turn_that_comes_while_the_old_waker_is_dropped_is_not_missed() {
    let turns = leak(Semaphore::new(0));
    let acquire = share(turns.acquire());
    let old = acting_waker(move |what| {
        if what == WakerEvent::Dropped && turns.available() == 0 {
            turns.release(1);
        }
    });
    assert!(poll(&acquire, &old).is_pending());
    std::mem::forget(old);
    // The new waker takes the old one's place, whose drop gives the permit.
    assert!(poll(&acquire, Waker::noop()).is_ready());
}

#[test]
fn permits_that_are_used_and_given_back_inside_the_wakes_serve_everybody_in_order() {
    let turns = leak(Semaphore::new(0));
    let served = Rc::new(RefCell::new(Vec::new()));
    let acquires: Vec<_> = (0..5).map(|_| share(turns.acquire())).collect();
    for (name, acquire) in acquires.iter().enumerate() {
        let (acquire, served) = (acquire.clone(), served.clone());
        let eager = on_wake({
            let acquire = acquire.clone();
            move || {
                served.borrow_mut().push(name);
                // The permit is dropped at once: the next is served inside this wake.
                assert!(poll(&acquire, Waker::noop()).is_ready());
            }
        });
        assert!(poll(&acquire, &eager).is_pending());
    }
    turns.release(1);
    assert_eq!(*served.borrow(), [0, 1, 2, 3, 4]);
    assert_eq!(turns.available(), 1);
}

#[test]
fn who_is_woken_by_a_close_and_looks_at_once_sees_it_closed() {
    let line = leak(Channel::<u8, 1>::new());
    let (receive, end) = (share(line.recv()), Rc::new(Cell::new(Poll::Pending)));
    let eager = on_wake({
        let (receive, end) = (receive.clone(), end.clone());
        move || end.set(poll(&receive, Waker::noop()))
    });
    assert!(poll(&receive, &eager).is_pending());
    line.close();
    assert_eq!(end.get(), Poll::Ready(None));
}

#[test]
fn a_promise_taken_inside_the_wake_that_tells_of_it_sends_the_others_home() {
    let answer = leak(Oneshot::<u8>::new());
    let takes: Vec<_> = (0..3).map(|_| share(answer.take())).collect();
    let first = takes[0].clone();
    let eager = on_wake(move || {
        assert_eq!(poll(&first, Waker::noop()), Poll::Ready(Some(9)));
    });
    let log = WakeLog::default();
    assert!(poll(&takes[0], &eager).is_pending());
    assert!(poll(&takes[1], &log.waker((1, 1))).is_pending());
    assert!(poll(&takes[2], &log.waker((2, 1))).is_pending());
    assert_eq!(answer.set(9), Ok(()));
    assert_eq!(log.names(), [1, 2]);
    assert_eq!(poll(&takes[1], Waker::noop()), Poll::Ready(None));
    assert_eq!(answer.try_take(), None);
    assert_eq!(poll(&share(answer.take()), Waker::noop()), Poll::Ready(None));
}

#[test]
fn a_signal_set_inside_its_own_wake_keeps_the_newer_value() {
    static SIGNAL: Signal<u8> = Signal::new();
    let wait = share(SIGNAL.wait());
    let again = on_wake(|| assert_eq!(SIGNAL.set(2), Ok(())));
    assert!(poll(&wait, &again).is_pending());
    assert_eq!(SIGNAL.set(1), Ok(()));
    assert_eq!(poll(&wait, Waker::noop()), Poll::Ready(2));
    assert!(!SIGNAL.is_set());
}

#[test]
fn a_value_sent_while_the_receiver_s_waker_is_cloned_is_received_at_once() {
    let line = leak(Channel::<u8, 1>::new());
    let sender = acting_waker(move |event| {
        if event == WakerEvent::Cloned {
            line.try_send(7).expect("nobody else sends");
        }
    });
    assert_eq!(poll(&share(line.recv()), &sender), Poll::Ready(Some(7)));
}

#[test]
fn a_value_kept_for_a_receiver_that_the_close_drops_is_still_received() {
    let line = leak(Channel::<u8, 2>::new());
    let chosen: Shared<ChannelRecv<'_, u8>> = share(line.recv());
    let (waits, last) = (share(line.recv()), share(line.recv()));
    let victim = chosen.clone();
    let killer = on_wake(move || drop(victim.take()));
    assert!(poll(&chosen, Waker::noop()).is_pending());
    assert!(poll(&waits, &killer).is_pending());
    assert!(poll(&last, Waker::noop()).is_pending());
    line.try_send(7).expect("there is room");
    // It sends home those that wait. The wake of the first drops the one for which the value was
    // kept, while the last is told already but not yet woken.
    line.close();
    assert!(chosen.borrow().is_none());
    assert_eq!(poll(&waits, &killer), Poll::Ready(Some(7)));
    assert_eq!(poll(&last, Waker::noop()), Poll::Ready(None));
}

#[test]
fn a_wake_that_drops_its_own_waiter_frees_it_and_serves_the_next() {
    let (event, turns) = (leak(Event::new()), leak(Semaphore::new(0)));
    let log = WakeLog::default();
    let wait = share(event.wait());
    let own = wait.clone();
    assert!(poll(&wait, &on_wake(move || drop(own.take()))).is_pending());
    let next = share(event.wait());
    assert!(poll(&next, &log.waker((1, 1))).is_pending());
    event.notify(1); // The first drops itself while it is woken, so the second has its turn.
    assert_eq!(log.names(), [1]);

    let acquire = share(turns.acquire());
    let own = acquire.clone();
    assert!(poll(&acquire, &on_wake(move || drop(own.take()))).is_pending());
    let next = share(turns.acquire());
    assert!(poll(&next, &log.waker((2, 1))).is_pending());
    turns.release(1);
    assert_eq!(log.names(), [2]);
    assert!(poll(&next, Waker::noop()).is_ready());
}

#[test]
fn a_signal_set_by_the_clone_of_the_waiters_own_waker_is_not_missed() {
    static SIGNAL: Signal<u8> = Signal::new();
    let waker = acting_waker(move |what| {
        if what == WakerEvent::Cloned {
            assert_eq!(SIGNAL.set(3), Ok(()));
        }
    });
    assert_eq!(poll(&share(SIGNAL.wait()), &waker), Poll::Ready(3));
}

#[test]
fn a_replaced_value_whose_drop_sets_again_finds_a_cell() {
    struct Again(&'static Signal<Again, 1>, u8);

    impl Drop for Again {
        fn drop(&mut self) {
            if let Some(left) = self.1.checked_sub(1) {
                assert!(self.0.set(Again(self.0, left)).is_ok());
            }
        }
    }

    let signal: &'static Signal<Again, 1> = Box::leak(Box::default());
    assert!(signal.set(Again(signal, 3)).is_ok());
    assert!(signal.set(Again(signal, 0)).is_ok()); // Drops 3, which sets 2 in the place of 0.
    for left in [2, 1, 0] {
        assert_eq!(signal.take().map(|value| value.1), Some(left)); // Its drop sets the next.
    }
    assert!(!signal.is_set());
}
