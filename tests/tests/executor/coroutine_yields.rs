//! One yield of `wakeful_executor::coroutine`: it is alone, it is taken back when it is dropped, and
//! no value or answer that is its own comes to another, however a body treats it.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use wakeful_executor::coroutine::{Coroutine, Exchange, Step};
use wakeful_tests::trace::{Bell, Trace, panic_text};

#[test]
fn two_yields_at_once_panic_before_a_value_is_lost() {
    let exchange: Exchange<(), u8> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        futures_lite::future::zip(exchange.yield_(1), exchange.yield_(2)).await;
    }));
    let text = panic_text(|| co.as_mut().start());
    assert_eq!(text, "one yield at a time: another one is outstanding");
}

#[test]
fn one_exchange_serves_one_coroutine_and_then_the_next() {
    let exchange: Exchange<(), u8> = Exchange::new();
    {
        let _first = Coroutine::new(&exchange, async {});
        let text = panic_text(|| Coroutine::new(&exchange, async {}));
        assert_eq!(text, "an exchange serves one coroutine at a time");
    }
    for returns in [false, true] {
        // The body leaks its yield, which therefore never gives up its place by itself.
        let mut leaky = pin!(Coroutine::new(&exchange, async {
            let leaked = Box::leak(Box::new(exchange.yield_(1)));
            let mut leaked = Pin::new(leaked);
            std::future::poll_fn(|context| {
                let poll = leaked.as_mut().poll(context);
                if returns { Poll::Ready(()) } else { poll }
            })
            .await;
        }));
        let step = leaky.as_mut().start();
        assert_eq!(step, if returns { Step::Complete(()) } else { Step::Yielded(1) });
    }
    {
        // Nothing of it is left: a body that yields nothing is not taken to have yielded that.
        let mut silent = pin!(Coroutine::new(&exchange, std::future::pending::<()>()));
        assert!(panic_text(|| silent.as_mut().start()).contains("nothing but its own exchange"));
    }
    let mut next = pin!(Coroutine::new(&exchange, async {
        exchange.yield_(3).await;
    }));
    assert_eq!(next.as_mut().start(), Step::Yielded(3));
}

/// Polls `future` once inside the body and drops it.
async fn poll_and_drop(future: impl Future) {
    let mut future = pin!(future);
    let ready = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    assert!(!ready);
}

#[test]
fn a_yield_dropped_before_it_was_seen_was_never_yielded() {
    let exchange: Exchange<(), u8> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        poll_and_drop(exchange.yield_(1)).await;
        exchange.yield_(2).await;
    }));
    assert_eq!(co.as_mut().start(), Step::Yielded(2));
    assert_eq!(co.as_mut().send(()), Ok(Step::Complete(())));
}

#[test]
fn a_value_taken_back_is_dropped_with_its_yield() {
    let trace = Trace::new();
    let exchange: Exchange<(), Bell> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        poll_and_drop(exchange.yield_(trace.bell("value"))).await;
        trace.note("waits");
        std::future::pending::<()>().await;
    }));
    let text = panic_text(|| drop(co.as_mut().start()));
    assert_eq!(text, "a coroutine waits for nothing but its own exchange");
    assert_eq!(trace.take(), ["drop value", "waits"]);
}

#[test]
fn an_answer_to_a_dropped_yield_is_dropped_and_not_given_to_the_next_one() {
    let trace = Trace::new();
    let exchange: Exchange<Bell, u8> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        let mut first = Some(Box::pin(exchange.yield_(1)));
        // Yields once; on the next poll the yield is dropped without being asked.
        let mut polls = 0;
        std::future::poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                first = None;
                return Poll::Ready(());
            }
            first.as_mut().map_or(Poll::Ready(()), |f| f.as_mut().poll(context).map(drop))
        })
        .await;
        let answer = exchange.yield_(2).await;
        trace.note("got");
        drop(answer);
    }));
    assert_eq!(co.as_mut().start(), Step::Yielded(1));
    let step = co.as_mut().send(trace.bell("first")).map(Step::yielded);
    assert_eq!(step.unwrap(), Some(2));
    assert_eq!(trace.take(), ["drop first"]);
    assert!(co.as_mut().send(trace.bell("second")).unwrap().complete().is_some());
    assert_eq!(trace.take(), ["got", "drop second"]);
}

#[test]
fn a_yield_polled_again_before_the_answer_waits_on() {
    let exchange: Exchange<u8, u8> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        let mut eager = Box::pin(exchange.yield_(1));
        std::future::poll_fn(|context| {
            let _ = eager.as_mut().poll(context);
            eager.as_mut().poll(context)
        })
        .await
    }));
    // Polled twice in one resumption: the value is yielded once.
    assert_eq!(co.as_mut().start(), Step::Yielded(1));
    // Here the first poll takes the answer, so the second is a mistake.
    let text = panic_text(|| co.as_mut().send(9));
    assert_eq!(text, "a yield was polled after it had its answer");
}

#[test]
fn an_answer_to_a_dropped_yield_is_not_given_to_one_that_is_polled_twice() {
    let exchange: Exchange<u8, u8> = Exchange::new();
    let polls = Cell::new(0);
    let mut co = pin!(Coroutine::new(&exchange, async {
        let mut dropped = Some(exchange.yield_(1));
        // Yields once; resumed, it drops the yield without having asked it.
        poll_fn(|cx| match dropped.take() {
            Some(mut first) if polls.replace(1) == 0 => {
                assert!(Pin::new(&mut first).poll(cx).is_pending());
                dropped = Some(first);
                Poll::Pending
            }
            _ => Poll::Ready(()),
        })
        .await;
        let mut eager = exchange.yield_(2);
        poll_fn(|cx| {
            assert!(Pin::new(&mut eager).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        eager.await
    }));
    assert_eq!(co.as_mut().start(), Step::Yielded(1));
    assert_eq!(co.as_mut().send(7), Ok(Step::Yielded(2)));
    assert_eq!(co.as_mut().send(8), Ok(Step::Complete(8)));
}

#[test]
fn a_yield_that_outlives_its_coroutine_touches_nothing_of_the_next_one() {
    let exchange: Exchange<u8, u8> = Exchange::new();
    let shelf = RefCell::new(Vec::new());
    for _ in 0..2 {
        let mut co = pin!(Coroutine::new(&exchange, async {
            let mut stowed = exchange.yield_(1);
            poll_fn(|cx| Poll::Ready(Pin::new(&mut stowed).poll(cx)))
                .await
                .is_pending()
                .then(|| shelf.borrow_mut().push(stowed))
        }));
        assert_eq!(co.as_mut().start(), Step::Complete(Some(())));
    }
    let mut next = pin!(Coroutine::new(&exchange, async {
        let mut own = exchange.yield_(2);
        poll_fn(|cx| {
            assert!(Pin::new(&mut own).poll(cx).is_pending());
            // Dropped while the value of another lies there.
            drop(shelf.borrow_mut().pop());
            Poll::Ready(())
        })
        .await;
        own.await
    }));
    assert_eq!(next.as_mut().start(), Step::Yielded(2));
    assert_eq!(next.as_mut().send(9), Ok(Step::Complete(9)));
    let stale = shelf.take().pop().expect("one is left");
    let text = panic_text(|| futures_lite::future::block_on(stale));
    assert_eq!(text, "a yield was polled after its coroutine was gone");
}
