//! Producer and consumer as two coroutines on one thread (tutorials S1 and S4).
//!
//! The idea: the classic pair needs a queue and a lock because two threads may look at the same
//! moment. Two coroutines cannot: the producer hands an item over by resuming the consumer, and
//! goes on when the consumer yields its answer. The end is `close`, or an item that means "no
//! more"; an item sent after it comes back to the sender.

use super::coroutine::{Coroutine, Exchange, SendError, Step};
use std::pin::{Pin, pin};
use std::time::Duration;

/// Items go to the consumer, answers come back.
pub(super) type Counter = Exchange<u32, &'static str>;

/// Consumes what it is sent and answers "200 OK". An item of 0 ends it.
pub(super) async fn consumer(counter: &Counter, pause: Duration) {
    let mut answer = "";
    loop {
        let item = counter.yield_(answer).await;
        if item == 0 {
            return;
        }
        println!("[CONSUMER] Consuming {item}...");
        std::thread::sleep(pause);
        answer = "200 OK";
    }
}

/// Sends 1 to 5 and prints the answers.
pub(super) fn produce<F: Future<Output = ()>>(mut sink: Pin<&mut Coroutine<u32, &str, F>>) {
    let _ = sink.as_mut().start();
    for item in 1..=5 {
        println!("[PRODUCER] Producing {item}...");
        if let Ok(Step::Yielded(answer)) = sink.as_mut().send(item) {
            println!("[PRODUCER] Consumer return: {answer}");
        }
    }
    sink.close();
}

pub fn run() {
    let counter = Counter::new();
    let mut sink = pin!(Coroutine::new(&counter, consumer(&counter, Duration::ZERO)));
    produce(sink.as_mut());
}

/// What ends the consumer: `close`, or an item of 0.
pub fn ends() {
    let counter = Counter::new();
    let mut sink = pin!(Coroutine::new(&counter, consumer(&counter, Duration::ZERO)));
    let _ = sink.as_mut().start();
    sink.as_mut().close();
    if let Err(SendError::Finished(6)) = sink.as_mut().send(6) {
        println!("# consumer after close: finished");
    }

    let counter = Counter::new();
    let mut sink = pin!(Coroutine::new(&counter, consumer(&counter, Duration::ZERO)));
    let _ = sink.as_mut().start();
    if let Ok(Step::Complete(())) = sink.as_mut().send(0) {
        println!("# sending 0 ends the consumer");
    }
}
