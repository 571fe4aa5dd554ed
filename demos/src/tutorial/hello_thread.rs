//! Three threads greet, sleep 0, 1 and 2 seconds, and take leave (tutorial S1).
//!
//! The idea to compare the others with: the operating system runs the threads, each has an id and a
//! stack of its own, and each may block without hindering the others. The order of the Hellos is
//! the system's affair. `hello_async` is the same on one thread.

use super::stage::{now, seconds};
use std::io;
use std::thread;

fn greet(n: u32) {
    let id = thread::current().id();
    println!("Hello {n} now = {} serve thread id = {id:?}", now());
    thread::sleep(seconds(n));
    println!("Bye.. {n} now = {}", now());
}

pub fn run() -> io::Result<()> {
    thread::scope(|scope| {
        for n in 0..3 {
            let thread = thread::Builder::new().name(format!("thread {n}"));
            thread.spawn_scoped(scope, move || greet(n))?;
        }
        Ok(())
    })
}
