//! `wakeful_executor::coroutine`: both ways carry a value, the end carries one, and what is refused
//! says so. What bodies may do to their yields, and in which order all is dropped, the model checks
//! (`models::coroutines_..`).

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_lite::future::block_on;
use wakeful_executor::coroutine::{Coroutine, Exchange, SendError, State, Step};
use wakeful_tests::trace::{Bell, Trace, panic_text};

#[test]
fn values_go_both_ways_and_the_end_carries_the_return_value() {
    let trace = Trace::new();
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        trace.note("runs");
        let a: u8 = exchange.yield_("one").await;
        trace.note(format!("a = {a}"));
        let b: u8 = exchange.yield_("two").await;
        trace.note(format!("b = {b}"));
        u32::from(a) * u32::from(b)
    }));
    assert_eq!(trace.take(), [""; 0], "nothing runs before the start");
    assert_eq!(co.as_mut().start(), Step::Yielded("one"));
    assert_eq!(co.as_mut().send(6).map(Step::yielded), Ok(Some("two")));
    assert_eq!(co.as_mut().send(7).map(Step::complete), Ok(Some(42)));
    assert_eq!(trace.take(), ["runs", "a = 6", "b = 7"]);
}

#[test]
fn sending_before_the_start_or_after_the_end_gives_the_value_back() {
    let exchange: Exchange<String, ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async { exchange.yield_(()).await }));
    let refused = co.as_mut().send("early".to_string()).unwrap_err();
    assert!(matches!(refused, SendError::NotStarted(_)));
    assert_eq!(refused.to_string(), "the coroutine has not been started: no yield awaits a value");
    assert_eq!(refused.into_inner(), "early");
    assert_eq!(co.state(), State::Created);
    // The refusal did no harm.
    assert_eq!(co.as_mut().start(), Step::Yielded(()));
    assert_eq!(co.as_mut().send("now".to_string()), Ok(Step::Complete("now".to_string())));
    assert_eq!(co.state(), State::Finished);
    for _ in 0..3 {
        let late = "late".to_string();
        assert_eq!(co.as_mut().send(late.clone()), Err(SendError::Finished(late)));
    }
}

#[test]
fn the_end_drops_also_what_a_body_written_by_hand_still_holds() {
    struct Body(#[expect(dead_code, reason = "held until it is dropped")] Bell);

    impl Future for Body {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }

    let trace = Trace::new();
    let exchange: Exchange<(), ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, Body(trace.bell("field"))));
    assert_eq!(co.as_mut().start(), Step::Complete(()));
    assert_eq!(trace.take(), ["drop field"]);
}

#[test]
fn an_iterator_computes_only_what_is_asked_for() {
    let computed = Cell::new(0);
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        for n in 0..1_000_000_000_u32 {
            computed.set(computed.get() + 1);
            exchange.yield_(n).await;
        }
    }));
    assert_eq!(co.as_mut().take(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(computed.get(), 5);
    let mut looped = Vec::new();
    for n in co {
        looped.push(n);
        if looped.len() == 2 {
            break;
        }
    }
    assert_eq!(looped, [5, 6], "the next iterator goes on where the last one stopped");
    assert_eq!(computed.get(), 7);
}

#[test]
fn a_yield_that_is_polled_too_often_or_too_late_says_so() {
    let exchange: Exchange<u8, u8> = Exchange::new();
    let stowed = RefCell::new(None);
    {
        let mut co = pin!(Coroutine::new(&exchange, async {
            let mut late = exchange.yield_(0);
            assert!(Pin::new(&mut late).poll(&mut Context::from_waker(Waker::noop())).is_pending());
            stowed.replace(Some(late));
        }));
        assert_eq!(co.as_mut().start(), Step::Complete(()));
    }
    let stale = stowed.take().expect("it was put here");
    let text = panic_text(|| block_on(stale));
    assert_eq!(text, "a yield was polled after its coroutine was gone");

    let mut co = pin!(Coroutine::new(&exchange, async {
        let mut eager = exchange.yield_(1);
        poll_fn(|cx| {
            let _ = Pin::new(&mut eager).poll(cx);
            Pin::new(&mut eager).poll(cx)
        })
        .await
    }));
    // Polled twice in one resumption: the value is yielded once.
    assert_eq!(co.as_mut().start(), Step::Yielded(1));
    // Here the first poll takes the answer, so the second is a mistake.
    let text = panic_text(|| co.as_mut().send(9));
    assert_eq!(text, "a yield was polled after it had its answer");
}
