//! Promise 8: a panic stays where it is.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures_lite::future::{block_on, yield_now};
use wakeful_tests::trace::{AtDrop, Trace, fresh, panic_text};

#[test]
fn promise_8_a_panic_in_poll_unwinds_out_of_the_run_and_leaves_the_others() {
    let local = fresh::<3, 256>();
    let trace = Trace::new();
    let bell = trace.bell("panicking future");
    let bad = local
        .spawn(async move {
            bell.hold();
            yield_now().await;
            panic!("in a poll");
        })
        .expect("there is room");
    let note = trace.clone();
    let good = local
        .spawn(async move {
            for step in 0..3 {
                note.note(format!("good {step}"));
                yield_now().await;
            }
            "done"
        })
        .expect("there is room");
    let mut good = pin!(local.run_until(good));
    assert_eq!(panic_text(|| block_on(good.as_mut())), "in a poll");
    let rows = ["good 0", "drop panicking future"];
    assert_eq!(trace.take(), rows);
    assert!(bad.is_finished());
    assert_eq!(block_on(good), "done");
    assert_eq!(trace.take(), ["good 1", "good 2"]);
    assert!(panic_text(|| block_on(local.run_until(bad))).contains("panicked"));
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_8_a_panic_in_a_drop_frees_the_slot_too() {
    let local = fresh::<2, 128>();
    for at in ["cancel", "clear", "completion"] {
        let bomb = AtDrop(move || panic!("at {at}"));
        let mut is_over = at == "completion";
        let task = local
            .spawn(poll_fn(move |_| {
                let _kept_by_the_future = &bomb;
                if std::mem::replace(&mut is_over, true) { Poll::Ready(()) } else { Poll::Pending }
            }))
            .expect("there is room");
        let said = match at {
            "cancel" => panic_text(|| task.cancel()),
            "clear" => {
                task.detach();
                panic_text(|| local.clear())
            }
            _ => {
                let said = panic_text(|| local.tick(9));
                assert!(panic_text(|| block_on(task)).contains("panicked"));
                said
            }
        };
        assert_eq!(said, format!("at {at}"));
        assert_eq!(local.len(), 0, "{at}");
    }
    assert_eq!(local.spawn(async { 5 }).map(|task| block_on(local.run_until(task))).ok(), Some(5));
}

#[test]
fn promise_8_a_panic_in_an_output_drop_frees_the_slot_too() {
    let local = fresh::<1, 64>();
    let task = local.spawn(async { AtDrop(|| panic!("output")) });
    task.expect("one slot").detach();
    assert_eq!(panic_text(|| local.tick(9)), "output");
    assert_eq!(local.len(), 0);
    assert!(local.spawn(async {}).is_ok());
}

#[test]
fn promise_8_a_future_whose_poll_panicked_is_dropped_once() {
    let local = fresh::<2, 64>();
    let trace = Trace::new();
    let bell = trace.bell("future");
    let task = local.spawn(poll_fn(move |_| -> Poll<()> {
        bell.hold();
        panic!("in a poll");
    }));
    let task = task.expect("there is room");
    // Unlike an async block, this future does not drop what it holds when it panics.
    assert_eq!(panic_text(|| local.tick(9)), "in a poll");
    assert_eq!(trace.take(), ["drop future"]);
    drop(task);
    assert_eq!((trace.take(), local.len()), (vec![], 0));
}

#[test]
fn promise_8_an_output_that_a_panic_drops_finds_its_slot_in_use() {
    let local = fresh::<1, 128>();
    let trace = Trace::new();
    let note = trace.clone();
    let output = AtDrop(move || {
        let refused = local.spawn(pending::<()>()).err();
        note.note(if refused.is_some() { "refused" } else { "spawned" });
    });
    // The future is ready, its drop panics, and then the output is dropped, which nobody awaits.
    let bomb = AtDrop(|| panic!("in a drop"));
    let mut output = Some(output);
    let first = local.spawn(poll_fn(move |_| {
        let _kept_by_the_future = &bomb;
        Poll::Ready(output.take().expect("polled once"))
    }));
    first.expect("one slot").detach();
    assert_eq!(panic_text(|| local.tick(9)), "in a drop");
    assert_eq!(trace.take(), ["refused"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn promise_8_a_future_whose_poll_panicked_may_clear_and_cancel_itself_while_it_is_dropped() {
    for cancels in [false, true] {
        let local = fresh::<1, 128>();
        let trace = Trace::new();
        let handle = Rc::new(RefCell::new(None));
        let (note, own) = (trace.clone(), handle.clone());
        let held = AtDrop(move || {
            note.note("drop");
            local.clear();
            drop(own.take());
        });
        let task = local.spawn(poll_fn(move |_| -> Poll<()> {
            let _kept_by_the_future = &held;
            panic!("in a poll");
        }));
        let task = task.expect("one slot");
        if cancels {
            *handle.borrow_mut() = Some(task)
        } else {
            task.detach()
        }
        assert_eq!(panic_text(|| local.tick(9)), "in a poll");
        assert_eq!((trace.take(), local.len()), (vec!["drop".into()], 0));
    }
}
