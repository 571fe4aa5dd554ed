//! The `sync` parts beside their models (`models::sync_..`): what those do not see, as room, panics,
//! counters at their ends, and whether a waker is kept.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wakeful_executor::sync::{Channel, Event, Mutex, Semaphore, TakeCell};
use wakeful_tests::hand::{WakerEvent, noting_waker};
use wakeful_tests::trace::{panic_text, poll};

#[test]
fn a_channel_says_how_much_room_it_has_and_how_much_is_used() {
    let line = Channel::<u8, 3>::new();
    assert_eq!((line.len(), line.capacity(), line.is_empty()), (0, 3, true));
    assert_eq!(line.try_send(1), Ok(()));
    assert_eq!((line.len(), line.capacity(), line.is_empty()), (1, 3, false));
}

#[test]
fn only_who_must_wait_leaves_a_waker_and_the_same_one_is_kept() {
    let line = Channel::<u8, 1>::new();
    let (waker, events) = noting_waker();
    let cx = &mut Context::from_waker(&waker);
    let mut receive = pin!(line.recv());
    for _ in 0..3 {
        assert_eq!(receive.as_mut().poll(cx), Poll::Pending);
    }
    assert_eq!(events.take(), [WakerEvent::Cloned]);
    assert_eq!(pin!(line.send(1)).poll(cx), Poll::Ready(Ok(())));
    assert_eq!(events.take(), [WakerEvent::Woken]);
    assert_eq!(receive.poll(cx), Poll::Ready(Some(1))); // It was chosen.
    assert_eq!(pin!(line.send(2)).poll(cx), Poll::Ready(Ok(())));
    assert_eq!(pin!(line.recv()).poll(cx), Poll::Ready(Some(2)));
    assert_eq!(events.take(), []);
    let event = Event::new();
    let mut wait = pin!(event.wait());
    for _ in 0..3 {
        assert!(wait.as_mut().poll(cx).is_pending());
    }
    event.set();
    assert!(wait.poll(cx).is_ready());
    assert_eq!(events.take(), [WakerEvent::Cloned, WakerEvent::Woken]);
}

#[test]
fn a_send_that_has_finished_and_is_polled_again_says_so() {
    let line = Channel::<u8, 1>::new();
    let mut send = pin!(line.send(1));
    assert!(poll(send.as_mut(), Waker::noop()).is_ready());
    let said = panic_text(|| poll(send, Waker::noop()));
    assert!(said.contains("a `send` was polled after it had finished"), "{said}");
}

#[test]
fn a_mutex_is_unlocked_by_a_panic_while_it_is_locked() {
    let mutex = Mutex::new(1);
    panic_text(|| -> () {
        let _guard = mutex.try_lock();
        panic!("on purpose");
    });
    assert!(!mutex.is_locked());
    assert_eq!(mutex.into_inner(), 1);
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
fn of_many_threads_that_take_a_cell_one_has_it() {
    static CELL: TakeCell<Mutex<u8>> = TakeCell::new(Mutex::new(7));
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| CELL.take().and_then(Mutex::try_lock).map(|value| *value)))
        .collect();
    let taken: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().ok()?).collect();
    assert_eq!(taken, [7]);
    assert!(CELL.take().is_none());
}
