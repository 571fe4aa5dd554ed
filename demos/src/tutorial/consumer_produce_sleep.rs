//! The same pair when the consumer takes a second for each item (tutorial S4).
//!
//! The idea: coroutines take turns, they do not run at the same time. A consumer that blocks the
//! thread blocks the producer too, so five rounds of one second take five. To overlap waiting it
//! must be waiting that the loop knows of: see `compute_sum` and `hello_async`.

use super::consumer_produce::{Counter, consumer, produce};
use super::coroutine::Coroutine;
use super::stage::seconds;
use std::pin::pin;

pub fn run() {
    let counter = Counter::new();
    let sleepy = consumer(&counter, seconds(1));
    produce(pin!(Coroutine::new(&counter, sleepy)).as_mut());
}
