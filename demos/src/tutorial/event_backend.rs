//! A loop for each system, and a wake from another thread (tutorial S3's list of asyncio's parts).
//!
//! The idea: all that the loop asks of the system is "wait until one of these happens". Linux calls
//! it epoll, macOS and the BSDs kqueue, Windows IOCP; the reactor hides which. The other half: a
//! waker may be used from any thread, and ends the loop's sleep. (The tutorials warn of gevent on
//! Windows; that is outdated there, and here it is a matter of the reactor only.)

use super::stage::seconds;
use std::io;
use std::thread;
use std::time::Duration;
use wakeful_executor::sync::Signal;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

pub static EXECUTOR: Executor<1, 256> = Executor::new();

/// A value from another thread, or the waker of the task that waits for it.
static LETTER: Signal<&str> = Signal::new();

/// What the reactor waits with: on Linux the kind of descriptor that it has opened, elsewhere what
/// `polling` is known to use there.
fn backend() -> io::Result<&'static str> {
    if cfg!(target_os = "linux") {
        for entry in std::fs::read_dir("/proc/self/fd")? {
            let Ok(target) = std::fs::read_link(entry?.path()) else { continue };
            if target.to_string_lossy().contains("[eventpoll]") {
                return Ok("epoll");
            }
        }
        return Ok("poll");
    }
    Ok(if cfg!(windows) { "iocp" } else { "kqueue" })
}

pub fn run(local: LocalExecutor<256>) -> io::Result<()> {
    block_on(sleep(Duration::ZERO)); // Now the reactor exists.
    let known = ["epoll", "kqueue", "iocp", "poll"].contains(&backend()?);
    println!("backend is one of epoll/kqueue/iocp/poll: {known}");

    let other = thread::Builder::new().name("another thread".into());
    let other = other.spawn(move || {
        thread::sleep(seconds(1));
        LETTER.set("woken from another thread")
    })?;
    let receive = async { println!("{}", LETTER.wait().await) };
    local.spawn_detached(receive).expect("one slot");
    block_on(local.run_all());
    let sent = other.join().map_err(|_| io::Error::other("the other thread panicked"))?;
    sent.map_err(|_| io::Error::other("more threads than the signal has cells"))
}
