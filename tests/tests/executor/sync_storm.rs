//! The `sync` parts in a storm: every clone, wake and drop of a waker, and every drop of a value,
//! may start, poll or drop other futures, and set, notify, send or receive, several levels deep.
//!
//! Nobody can say in advance what such a run does, so there is no model. What is checked is that
//! nothing is lost or doubled in the end; and under the address sanitizer, that no link leads to a
//! waiter that is gone.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Waker};

use wakeful_executor::sync::{Channel, Event, Oneshot, Permit, Semaphore};
use wakeful_tests::hand::acting_waker;
use wakeful_tests::model::random_inputs;

const PERMITS: usize = 3;
const FUTURES: usize = 10;
/// How deep foreign code nests.
const DEPTH: usize = 5;

/// What a future ended with, kept so that it is dropped at some other time.
type Outcome = (Option<Permit<'static>>, Option<Value>);

type Shared = RefCell<Option<Pin<Box<dyn Future<Output = Outcome>>>>>;

/// One run's parts, futures and dice.
struct Storm {
    dice: RefCell<std::vec::IntoIter<u8>>,
    depth: Cell<usize>,
    alive: Cell<isize>,
    turns: Semaphore,
    line: Channel<Value, 2>,
    event: Event,
    promise: Oneshot<Value>,
    futures: [Shared; FUTURES],
    outcomes: RefCell<Vec<Outcome>>,
    wakers: RefCell<Vec<Waker>>,
}

/// A value that counts itself, and stirs the storm when it is dropped.
struct Value(&'static Storm);

impl Value {
    fn new(storm: &'static Storm) -> Self {
        storm.alive.set(storm.alive.get() + 1);
        Self(storm)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.0.alive.set(self.0.alive.get() - 1);
        self.0.stir();
    }
}

impl Storm {
    fn new(dice: Vec<u8>) -> &'static Self {
        let storm: &'static Self = Box::leak(Box::new(Self {
            dice: RefCell::new(dice.into_iter()),
            depth: Cell::new(0),
            alive: Cell::new(0),
            turns: Semaphore::new(PERMITS),
            line: Channel::new(),
            event: Event::new(),
            promise: Oneshot::new(),
            futures: [const { RefCell::new(None) }; FUTURES],
            outcomes: RefCell::default(),
            wakers: RefCell::default(),
        }));
        let wakers = (0..4).map(|_| acting_waker(|_| storm.stir())).collect();
        storm.wakers.replace(wakers);
        storm
    }

    fn roll(&self, sides: usize) -> usize {
        let byte = self.dice.borrow_mut().next();
        usize::from(byte.unwrap_or(0)) % sides
    }

    fn is_over(&self) -> bool {
        self.dice.borrow().as_slice().is_empty()
    }

    /// Foreign code: does something, unless it is nested too deep or the dice are used up.
    fn stir(&'static self) {
        if self.depth.get() < DEPTH && !self.is_over() {
            self.depth.set(self.depth.get() + 1);
            self.act();
            self.depth.set(self.depth.get() - 1);
        }
    }

    fn act(&'static self) {
        let at = self.roll(FUTURES);
        match self.roll(12) {
            0..4 => self.start_or_poll(at),
            // One that is being polled further up the stack stays.
            4 => drop(self.futures[at].try_borrow_mut().ok().and_then(|mut it| it.take())),
            5 => self.event.notify(at % 4),
            6 => {
                self.event.set();
                self.event.clear();
            }
            7 => drop(self.line.try_send(Value::new(self))),
            8 => drop(self.line.try_recv()),
            9 => drop(self.turns.try_acquire(at % 3)),
            10 => drop(self.promise.set(Value::new(self))),
            _ => {
                let outcome = self.outcomes.borrow_mut().pop();
                drop(outcome);
            }
        }
    }

    fn start_or_poll(&'static self, at: usize) {
        let Ok(mut future) = self.futures[at].try_borrow_mut() else { return };
        if future.is_none() {
            *future = Some(self.any_future());
        }
        let waker = self.wakers.borrow()[self.roll(4)].clone();
        let polled = future.as_mut().map(|it| it.as_mut().poll(&mut Context::from_waker(&waker)));
        if let Some(std::task::Poll::Ready(outcome)) = polled {
            self.outcomes.borrow_mut().push(outcome);
            let done = future.take();
            drop(future);
            drop(done);
        }
    }

    fn any_future(&'static self) -> Pin<Box<dyn Future<Output = Outcome>>> {
        match self.roll(6) {
            0 | 1 => {
                let acquire = self.turns.acquire_many(self.roll(PERMITS + 1));
                Box::pin(async { (Some(acquire.await), None) })
            }
            2 => Box::pin(async {
                self.event.wait().await;
                (None, None)
            }),
            3 => Box::pin(async { (None, self.line.recv().await) }),
            4 => Box::pin(async move {
                let sent = self.line.send(Value::new(self)).await;
                (None, sent.err().map(|refused| refused.into_inner()))
            }),
            _ => Box::pin(async { (None, self.promise.take().await) }),
        }
    }

    /// Drops everything that is left, in a calm.
    fn clear(&'static self) {
        assert!(self.is_over() && self.depth.get() == 0);
        for future in &self.futures {
            drop(future.take());
        }
        drop(self.outcomes.take());
        drop(self.promise.try_take());
        while let Ok(value) = self.line.try_recv() {
            drop(value);
        }
    }
}

#[test]
fn nothing_is_lost_or_doubled_when_all_foreign_code_calls_back() {
    let mut deepest = 0;
    for dice in random_inputs(0x5702, 2_000, 600) {
        let storm = Storm::new(dice);
        while !storm.is_over() {
            storm.stir();
            deepest = deepest.max(storm.alive.get());
        }
        storm.clear();
        assert_eq!(storm.alive.get(), 0);
        assert_eq!(storm.turns.available(), PERMITS);
        // All lines are empty: nobody stands before a newcomer.
        assert_eq!(storm.turns.try_acquire(PERMITS).map(|permit| permit.count()), Some(PERMITS));
        assert!(storm.line.try_send(Value::new(storm)).is_ok());
        assert!(storm.line.try_recv().is_ok());
    }
    assert!(deepest > 5, "the storm was a breeze: {deepest}");
}
