//! The promises of `Channel` and `Oneshot`, one by one: whole traces under the executor, and by hand.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use wakeful_executor::block_on;
use wakeful_executor::sync::{Channel, Oneshot, SendError, TryRecvError, TrySendError};
use wakeful_tests::hand::{WakeLog, WakerEvent, acting_waker};
use wakeful_tests::trace::{Trace, run_all};

#[test]
fn a_channel_carries_values_in_order_and_makes_its_sender_wait() {
    let trace = Trace::default();
    let line = Rc::new(Channel::<u8, 2>::default());
    run_all(&['s', 'r'], |name| {
        let (trace, line) = (trace.clone(), line.clone());
        async move {
            if name == 's' {
                for value in 1..=4 {
                    line.send(value).await.expect("open");
                    trace.note(format!("sent {value}"));
                }
                line.close();
            } else {
                while let Some(value) = line.recv().await {
                    trace.note(format!("got {value}"));
                }
                trace.note("closed");
            }
        }
    });
    let expected = [
        "sent 1", "sent 2", // Full: the sender waits for a place.
        "got 1", "got 2", // The place of 1 is the sender's; that of 2 is free.
        "sent 3", "sent 4", // The receiver waited, and was woken by 3.
        "got 3", "got 4", "closed",
    ];
    assert_eq!(trace.take(), expected);
}

#[test]
fn a_closed_channel_hands_values_back_and_is_drained_first() {
    let log = WakeLog::default();
    let line = Channel::<_, 1>::new();
    assert_eq!(line.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(line.try_send("a"), Ok(()));
    assert_eq!(line.try_send("b"), Err(TrySendError::Full("b")));
    let mut waiting = log.hand(0, line.send("c"));
    assert_eq!(waiting.poll(), None);
    line.close();
    assert_eq!(log.names(), [0]);
    assert_eq!(waiting.poll(), Some(Err(SendError("c"))));
    assert_eq!(block_on(line.send("d")), Err(SendError("d")));
    assert_eq!(line.try_send("e"), Err(TrySendError::Closed("e")));
    assert_eq!((line.len(), line.capacity(), line.is_empty()), (1, 1, false));
    assert_eq!(block_on(line.recv()), Some("a"));
    assert_eq!(block_on(line.recv()), None);
    assert_eq!(line.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_channel_says_how_much_room_it_has_and_how_much_is_used() {
    let line = Channel::<u8, 3>::new();
    assert_eq!((line.len(), line.capacity()), (0, 3));
    assert!(line.is_empty());
    assert_eq!(line.try_send(1), Ok(()));
    assert_eq!((line.len(), line.capacity()), (1, 3));
    assert!(!line.is_empty());
}

#[test]
fn only_who_must_wait_leaves_a_waker() {
    let line = Channel::<u8, 1>::new();
    let events = Rc::new(RefCell::new(Vec::new()));
    let noting = events.clone();
    let waker = acting_waker(move |event| noting.borrow_mut().push(event));
    let cx = &mut Context::from_waker(&waker);
    let mut receive = pin!(line.recv());
    assert_eq!(receive.as_mut().poll(cx), Poll::Pending);
    assert_eq!(events.take(), [WakerEvent::Cloned]);
    assert_eq!(receive.as_mut().poll(cx), Poll::Pending); // The same waker: it is kept.
    assert_eq!(events.take(), []);
    assert_eq!(pin!(line.send(1)).poll(cx), Poll::Ready(Ok(())));
    assert_eq!(events.take(), [WakerEvent::Woken]);
    assert_eq!(receive.poll(cx), Poll::Ready(Some(1))); // It was chosen.
    assert_eq!(pin!(line.send(2)).poll(cx), Poll::Ready(Ok(())));
    assert_eq!(pin!(line.recv()).poll(cx), Poll::Ready(Some(2)));
    assert_eq!(events.take(), []);
}

#[test]
fn a_closed_channel_sends_all_waiting_receivers_home() {
    let log = WakeLog::default();
    let line = Channel::<u8, 1>::new();
    let mut receives: Vec<_> = (0..3).map(|name| log.hand(name, line.recv())).collect();
    assert!(receives.iter_mut().all(|receive| receive.poll().is_none()));
    line.close();
    assert_eq!(log.names(), [0, 1, 2]);
    assert!(receives.iter_mut().all(|receive| receive.poll() == Some(None)));
}

#[test]
fn nobody_snatches_what_is_kept_for_those_in_line() {
    let log = WakeLog::default();
    let line = Channel::<u8, 1>::new();
    let mut receive = log.hand(0, line.recv());
    assert_eq!(receive.poll(), None);
    assert_eq!(line.try_send(1), Ok(()));
    assert_eq!(line.try_recv(), Err(TryRecvError::Empty)); // It is the receiver's.
    let mut send = log.hand(1, line.send(2));
    assert_eq!(send.poll(), None);
    assert_eq!(receive.poll(), Some(Some(1)));
    assert_eq!(log.names(), [0, 1]);
    assert_eq!(line.try_send(3), Err(TrySendError::Full(3))); // The place is the sender's.
    assert_eq!(send.poll(), Some(Ok(())));
    assert_eq!(line.try_recv(), Ok(2));
}

#[test]
fn chosen_senders_and_receivers_that_are_dropped_pass_on_what_was_kept() {
    let log = WakeLog::default();
    let line = Channel::<u8, 1>::new();
    let mut receives: Vec<_> = (0..2).map(|name| log.hand(name, line.recv())).collect();
    assert!(receives.iter_mut().all(|receive| receive.poll().is_none()));
    assert_eq!(line.try_send(1), Ok(()));
    drop(receives.remove(0));
    assert_eq!(log.names(), [0, 1]);
    assert_eq!(receives.remove(0).poll(), Some(Some(1)));

    assert_eq!(line.try_send(2), Ok(()));
    let mut sends: Vec<_> = (0..2).map(|name| log.hand(name, line.send(10))).collect();
    assert!(sends.iter_mut().all(|send| send.poll().is_none()));
    assert_eq!(line.try_recv(), Ok(2));
    drop(sends.remove(0));
    assert_eq!(log.names(), [0, 1]);
    assert_eq!(sends.remove(0).poll(), Some(Ok(())));
    assert_eq!(line.len(), 1); // The dropped one has sent nothing.
}

#[test]
fn a_promise_is_kept_once_and_to_the_first_in_line() {
    let log = WakeLog::default();
    let promise = Oneshot::default();
    let mut takes: Vec<_> = (0..3).map(|name| log.hand(name, promise.take())).collect();
    assert!(takes.iter_mut().all(|take| take.poll().is_none()));
    assert_eq!(promise.set("x"), Ok(()));
    assert_eq!(promise.set("y"), Err("y"));
    assert_eq!(log.names(), [0]);
    assert_eq!(promise.try_take(), None); // It is kept for the first.
    drop(takes.remove(0));
    assert_eq!(log.names(), [1]);
    assert_eq!(takes[0].poll(), Some(Some("x")));
    assert_eq!(log.names(), [2]);
    assert_eq!(takes[1].poll(), Some(None)); // Too late, and told so.
    assert_eq!(block_on(promise.take()), None);
    assert_eq!(promise.set("z"), Err("z"));
}

#[test]
fn errors_say_what_happened_for_values_of_any_kind() {
    struct Opaque;
    let closed = SendError(Opaque);
    assert_eq!(format!("{closed:?}: {closed}"), "SendError(..): sending on a closed channel");
    let full = TrySendError::Full(Opaque);
    assert_eq!(format!("{full:?}: {full}"), "Full(..): sending on a full channel");
    let closed = TrySendError::Closed(closed.into_inner());
    assert_eq!(format!("{closed:?}: {closed}"), "Closed(..): sending on a closed channel");
    let Opaque = closed.into_inner();
    assert_eq!(TryRecvError::Empty.to_string(), "receiving from an empty channel");
    assert_eq!(TryRecvError::Closed.to_string(), "receiving from a closed and empty channel");
}

#[test]
#[should_panic(expected = "a `send` was polled after it had finished")]
fn a_send_that_has_finished_and_is_polled_again_says_so() {
    let line = Channel::<u8, 1>::new();
    let mut send = std::pin::pin!(line.send(1));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(send.as_mut().poll(&mut context).is_ready());
    let _ = send.poll(&mut context);
}
