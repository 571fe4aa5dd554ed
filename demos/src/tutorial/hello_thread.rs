//! Three threads greet, sleep 0, 1 and 2 seconds, and take leave (tutorial S1).
//!
//! The idea to compare the others with: the operating system runs the threads, each has an id and a
//! stack of its own, and each may block without hindering the others. The order of the Hellos is
//! the system's affair. `hello_async` is the same on one thread.

use std::io;
use std::thread;

use super::greeter::Greeter;
use super::stage::note;

pub fn run() -> io::Result<()> {
    let greeter = Greeter::new();
    thread::scope(|scope| {
        for n in 0..3 {
            let greeter = &greeter;
            let thread = thread::Builder::new().name(format!("thread {n}"));
            thread.spawn_scoped(scope, move || greeter.blocking(n))?;
        }
        Ok::<_, io::Error>(())
    })?;
    note(greeter.when());
    Ok(())
}
