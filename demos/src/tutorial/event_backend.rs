//! A loop for each system, and a wake from another thread (tutorial S3's list of asyncio's parts).
//!
//! The idea: all that the loop asks of the system is "wait until one of these happens". Linux calls
//! it epoll, macOS and the BSDs kqueue, Windows IOCP; the reactor hides which. The other half: a
//! waker may be used from any thread, and ends the loop's sleep. (The tutorials warn of gevent on
//! Windows; that is outdated there, and here it is a matter of the reactor only.)

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

use super::stage::seconds;

pub static EXECUTOR: Executor<1, 256> = Executor::new();

/// What the reactor waits with: on Linux the kind of descriptor that it has opened, elsewhere what
/// `polling` is known to use there.
fn backend() -> io::Result<&'static str> {
    if cfg!(target_os = "linux") {
        for entry in std::fs::read_dir("/proc/self/fd")? {
            let Ok(target) = std::fs::read_link(entry?.path()) else {
                continue;
            };
            if target.to_string_lossy().contains("[eventpoll]") {
                return Ok("epoll");
            }
        }
        return Ok("poll");
    }
    Ok(if cfg!(windows) { "iocp" } else { "kqueue" })
}

/// A value from another thread, and whom to wake for it.
#[derive(Default)]
struct Letter(Mutex<(Option<&'static str>, Option<Waker>)>);

impl Letter {
    fn send(&self, text: &'static str) {
        let mut letter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letter.0 = Some(text);
        let waker = letter.1.take();
        drop(letter);
        waker.iter().for_each(Waker::wake_by_ref);
    }

    async fn receive(&self) -> &'static str {
        poll_fn(|context| {
            let mut letter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // First say who is to be woken, under the same lock: no letter slips through.
            letter.1 = Some(context.waker().clone());
            letter.0.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

pub fn run(local: LocalExecutor<256>) -> io::Result<()> {
    block_on(sleep(Duration::ZERO)); // Now the reactor exists.
    let known = ["epoll", "kqueue", "iocp", "poll"].contains(&backend()?);
    println!("backend is one of epoll/kqueue/iocp/poll: {known}");

    let letter = Arc::new(Letter::default());
    let sender = letter.clone();
    let other = thread::Builder::new().name("another thread".into());
    let other = other.spawn(move || {
        thread::sleep(seconds(1));
        sender.send("woken from another thread");
    })?;
    let reader = async move { println!("{}", letter.receive().await) };
    local.spawn_detached(reader).expect("one slot");
    block_on(local.run_all());
    other.join().map_err(|_| io::Error::other("the other thread panicked"))
}
