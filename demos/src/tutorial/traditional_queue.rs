//! The classic pair: two threads, a queue, a lock (tutorial S4, in words).
//!
//! The idea to compare `consumer_produce` with: one thread writes, the other takes, and because
//! either may look at any moment the queue needs a lock, and each needs to be told when it is its
//! turn. One wait too few and they see each other's half-done work; one notify too few and both
//! sleep for ever.

use super::stage::count;
use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// One item at a time; `None` is the end.
#[derive(Default)]
struct Queue {
    items: Mutex<VecDeque<Option<u32>>>,
    changed: Condvar,
}

impl Queue {
    /// Waits until the queue is (or is not) empty, works on it, and tells the other side.
    fn when<T>(&self, empty: bool, work: impl FnOnce(&mut VecDeque<Option<u32>>) -> T) -> T {
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(items, |items| items.is_empty() != empty);
        let mut items = waited.unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut items);
        self.changed.notify_all();
        result
    }
}

fn put(queue: &Queue) {
    for k in 1..=5 {
        queue.when(true, |items| {
            items.push_back(Some(k));
            println!("[PRODUCER] Producing {k}...");
        });
    }
    queue.when(true, |items| items.push_back(None));
}

fn take(queue: &Queue) -> Vec<u32> {
    let mut got = Vec::new();
    while let Some(k) = queue.when(false, |items| {
        let item = items.pop_front().flatten();
        item.inspect(|k| println!("[CONSUMER] Consuming {k}..."))
    }) {
        got.push(k);
    }
    got
}

pub fn run() -> io::Result<()> {
    let queue = Queue::default();
    thread::scope(|scope| {
        let named = |name: &str| thread::Builder::new().name(name.to_string());
        let producer = named("producer").spawn_scoped(scope, || {
            put(&queue);
            thread::current().id()
        })?;
        let consumer =
            named("consumer").spawn_scoped(scope, || (thread::current().id(), take(&queue)))?;
        let lost = |_| io::Error::other("a thread panicked");
        let (one, (other, got)) = (producer.join().map_err(lost)?, consumer.join().map_err(lost)?);
        println!("# items = {got:?}, threads = {}", count([one, other]));
        Ok(())
    })
}
