//! `wakeful_executor::coroutine`: both ways carry a value, the end carries one, each mistake has
//! an answer of its own, and what the body holds is dropped once, at the moment that is promised.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use wakeful_executor::coroutine::{Coroutine, Exchange, SendError, State, Step};
use wakeful_tests::trace::panic_text;

/// Writes its name into the trace when it is dropped.
struct Bell<'t>(&'t RefCell<Vec<String>>, &'static str);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(format!("drop {}", self.1));
    }
}

#[test]
fn values_go_both_ways_and_the_end_carries_the_return_value() {
    let trace = RefCell::new(Vec::new());
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        trace.borrow_mut().push("runs".to_string());
        let a: u8 = exchange.yield_("one").await;
        trace.borrow_mut().push(format!("a = {a}"));
        let b: u8 = exchange.yield_("two").await;
        trace.borrow_mut().push(format!("b = {b}"));
        u32::from(a) * u32::from(b)
    }));
    assert!(trace.borrow().is_empty(), "nothing runs before the start");
    assert_eq!(co.as_mut().start(), Step::Yielded("one"));
    assert_eq!(co.as_mut().send(6), Ok(Step::Yielded("two")));
    assert_eq!(co.as_mut().send(7), Ok(Step::Complete(42)));
    assert_eq!(*trace.borrow(), ["runs", "a = 6", "b = 7"]);
}

#[test]
fn sending_before_the_start_gives_the_value_back() {
    let exchange: Exchange<String, ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async { exchange.yield_(()).await }));
    let refused = co.as_mut().send("early".to_string()).unwrap_err();
    assert!(matches!(refused, SendError::NotStarted(_)));
    assert_eq!(refused.to_string(), "the coroutine has not been started: no yield awaits a value");
    assert_eq!(refused.into_inner(), "early");
    assert_eq!(co.state(), State::Created);
    // The refusal did no harm.
    assert_eq!(co.as_mut().start(), Step::Yielded(()));
    assert_eq!(co.as_mut().send("late".to_string()), Ok(Step::Complete("late".to_string())));
}

#[test]
fn sending_after_the_end_gives_the_value_back_every_time() {
    let exchange: Exchange<i32, ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async { "no yield at all" }));
    assert_eq!(co.as_mut().start(), Step::Complete("no yield at all"));
    assert_eq!(co.state(), State::Finished);
    for value in 0..3 {
        assert_eq!(co.as_mut().send(value), Err(SendError::Finished(value)));
    }
}

#[test]
fn an_error_prints_although_its_value_cannot() {
    struct Mute;
    let exchange: Exchange<Mute, ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {}));
    let early = co.as_mut().send(Mute).map(|_| ()).unwrap_err();
    assert_eq!(format!("{early:?}"), "NotStarted(..)");
    let _ = co.as_mut().start();
    let late = co.as_mut().send(Mute).map(|_| ()).unwrap_err();
    assert_eq!(format!("{late:?}: {late}"), "Finished(..): the coroutine has finished");
}

#[test]
fn starting_twice_panics_and_says_so() {
    let exchange: Exchange<(), u8> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        exchange.yield_(1).await;
    }));
    assert_eq!(co.as_mut().start(), Step::Yielded(1));
    let text = panic_text(|| co.as_mut().start());
    assert_eq!(text, "a coroutine is started once, and not after its end");
    assert_eq!(co.state(), State::Suspended, "the mistake did not touch it");
    co.as_mut().close();
    assert!(panic_text(|| co.as_mut().start()).contains("not after its end"));
}

#[test]
fn close_drops_the_locals_at_the_yield_and_only_once() {
    let trace = RefCell::new(Vec::new());
    {
        let exchange: Exchange<(), u8> = Exchange::new();
        let mut co = pin!(Coroutine::new(&exchange, async {
            let _outer = Bell(&trace, "outer");
            exchange.yield_(1).await;
            let _inner = Bell(&trace, "inner");
            exchange.yield_(2).await;
            trace.borrow_mut().push("never".to_string());
        }));
        assert_eq!(co.as_mut().start(), Step::Yielded(1));
        assert_eq!(co.as_mut().send(()), Ok(Step::Yielded(2)));
        co.as_mut().close();
        assert_eq!(*trace.borrow(), ["drop inner", "drop outer"]);
        assert_eq!(co.state(), State::Finished);
        assert_eq!(co.as_mut().send(()), Err(SendError::Finished(())));
        co.as_mut().close();
    }
    assert_eq!(trace.borrow().len(), 2, "neither a second close nor the drop repeats it");
}

#[test]
fn close_before_the_start_drops_the_body_unrun() {
    let trace = RefCell::new(Vec::new());
    let captured = Bell(&trace, "captured");
    let exchange: Exchange<(), ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        let _moved = captured;
        trace.borrow_mut().push("ran".to_string());
    }));
    co.as_mut().close();
    assert_eq!(*trace.borrow(), ["drop captured"]);
    assert_eq!(co.as_mut().send(()), Err(SendError::Finished(())));
}

#[test]
fn the_end_drops_the_body_at_once_and_a_drop_drops_it_where_it_stands() {
    let trace = RefCell::new(Vec::new());
    let body = |exchange, name| {
        let (bell, exchange): (_, &Exchange<(), ()>) = (Bell(&trace, name), exchange);
        async move {
            exchange.yield_(()).await;
            drop(bell);
        }
    };
    let (first, second) = (Exchange::new(), Exchange::new());
    let mut ended = pin!(Coroutine::new(&first, body(&first, "ended")));
    {
        let mut dropped = pin!(Coroutine::new(&second, body(&second, "dropped")));
        assert_eq!(dropped.as_mut().start(), Step::Yielded(()));
        assert_eq!(ended.as_mut().start(), Step::Yielded(()));
        assert_eq!(ended.as_mut().send(()), Ok(Step::Complete(())));
        assert_eq!(*trace.borrow(), ["drop ended"]);
    }
    assert_eq!(*trace.borrow(), ["drop ended", "drop dropped"]);
}

#[test]
fn the_end_drops_also_what_a_body_written_by_hand_still_holds() {
    struct Body<'t>(#[expect(dead_code, reason = "held until it is dropped")] Bell<'t>);

    impl Future for Body<'_> {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }

    let trace = RefCell::new(Vec::new());
    let exchange: Exchange<(), ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, Body(Bell(&trace, "field"))));
    assert_eq!(co.as_mut().start(), Step::Complete(()));
    assert_eq!(*trace.borrow(), ["drop field"]);
}

#[test]
fn a_nested_function_yields_through_its_caller_and_returns_to_it() {
    async fn leaf(exchange: &Exchange<&'static str, &'static str>) -> usize {
        exchange.yield_("from leaf").await.len()
    }
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async { leaf(&exchange).await + 1 }));
    assert_eq!(co.as_mut().start(), Step::Yielded("from leaf"));
    assert_eq!(co.as_mut().send("hello"), Ok(Step::Complete(6)));
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
    assert_eq!(co.as_mut().iter().take(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
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
fn an_iterator_keeps_what_the_body_returned() {
    let exchange = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        exchange.yield_('a').await;
        "the end"
    }));
    let mut iter = co.as_mut().iter();
    assert_eq!((iter.next(), iter.returned()), (Some('a'), None));
    assert_eq!((iter.next(), iter.returned()), (None, Some("the end")));
    assert_eq!((iter.next(), iter.returned()), (None, None));
    assert_eq!(co.iter().next(), None);
}

#[test]
fn a_panic_passes_through_and_finishes_the_coroutine() {
    let trace = RefCell::new(Vec::new());
    let exchange: Exchange<u8, ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, async {
        let _bell = Bell(&trace, "local");
        exchange.yield_(()).await;
        panic!("boom");
    }));
    assert_eq!(co.as_mut().start(), Step::Yielded(()));
    assert_eq!(panic_text(|| co.as_mut().send(1)), "boom");
    assert_eq!(*trace.borrow(), ["drop local"]);
    assert_eq!(co.state(), State::Finished);
    assert_eq!(co.as_mut().send(2), Err(SendError::Finished(2)));
    co.as_mut().close();
    assert_eq!(trace.borrow().len(), 1);
}

#[test]
fn waiting_for_something_else_panics_and_says_so() {
    let exchange: Exchange<(), ()> = Exchange::new();
    let mut co = pin!(Coroutine::new(&exchange, std::future::pending::<()>()));
    let text = panic_text(|| co.as_mut().start());
    assert_eq!(text, "a coroutine waits for nothing but its own exchange");
    assert_eq!(co.state(), State::Finished);
}
