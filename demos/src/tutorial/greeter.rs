//! The Hello/Bye pair of tutorial S1, for all programs that are built on it. Not a demo of its own.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::stage::{Clock, now, say, seconds};

/// Prints the pair and keeps at which unit each Bye came.
pub(super) struct Greeter {
    clock: Clock,
    byes: Mutex<Vec<(u32, u64)>>,
}

impl Greeter {
    pub fn new() -> Self {
        Self {
            clock: Clock::start(),
            byes: Mutex::new(Vec::new()),
        }
    }

    /// `id` says who greets: a thread's id or a task's.
    pub fn hello(&self, n: u32, id: impl Debug) {
        say(format!(
            "Hello {n} now = {} serve thread id = {id:?}",
            now()
        ));
    }

    pub fn bye(&self, n: u32) {
        say(format!("Bye.. {n} now = {}", now()));
        self.byes().push((n, self.clock.units()));
    }

    /// Both, with a sleep between them that blocks the thread.
    pub fn blocking(&self, n: u32) {
        self.hello(n, thread_id());
        thread::sleep(seconds(n));
        self.bye(n);
    }

    /// Who said Bye at which unit.
    pub fn when(&self) -> String {
        let mut byes = self.byes().clone();
        byes.sort_unstable();
        let words: Vec<String> = byes.iter().map(|(n, unit)| format!("{n}@{unit}")).collect();
        format!("Bye at units: {}", words.join(" "))
    }

    fn byes(&self) -> MutexGuard<'_, Vec<(u32, u64)>> {
        self.byes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of the OS thread that asks.
pub(super) fn thread_id() -> ThreadId {
    thread::current().id()
}
