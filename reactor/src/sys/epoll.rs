//! The wait on Linux: one system call, on the epoll descriptor inside `polling`'s `Poller`.
//!
//! `Poller::wait` makes five calls (it arms a timerfd, re-arms its notifier and empties it each
//! time), and `Poller::notify` costs a sleeping thread five more. So this file waits on the
//! descriptor itself, and ends a wait from another thread by an eventfd of its own.
//!
//! Sources are registered here too: edge-triggered, in both directions, and with `EPOLLRDHUP`, for
//! which `polling` does not ask. With it the end of a stream is reported by a flag of its own, so
//! that a short read need not be followed by one that finds nothing (see
//! [`Short`](crate::readiness::Short)).
//!
//! `polling.rs` has the same interface. It is chosen on every other system, and by `--cfg
//! wakeful_portable_wait`.

use super::RawSource;
use crate::event::{Event, Interest};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::{io, time::Duration};

/// Events taken by one wait. What does not fit is taken by the next.
const BATCH: usize = 1024;
/// The notifier's key. No source has it: no source's generation is all ones.
const NOTIFIER: u64 = u64::MAX - 1;
/// The error where there is no wait with nanoseconds (`epoll_pwait2`).
const TOO_OLD: &str = "the system's wait is missing: it needs Linux 5.11 or newer";

/// Whether [`Event::exceptional`] is exact, so that it reports the end of a stream.
pub(crate) const REPORTS_END: bool = true;
/// Whether each event must be asked for. An edge-triggered source is asked for once.
pub(crate) const ARMS: bool = false;

/// Ends the wait, from any thread.
///
/// An eventfd that is edge-triggered and never read: each write is an event of its own, whatever
/// the count inside is. So a wake costs the waker one call and the sleeper none besides its wait.
#[derive(Debug)]
pub(crate) struct Notifier(OwnedFd);

impl Notifier {
    pub(crate) fn notify(&self) {
        // It could fail only when the count is full, after 2^64 - 2 writes.
        let _written = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }
}

/// The events of one wait.
pub(crate) struct Events(Vec<epoll::Event>);

impl Events {
    pub(crate) fn new() -> Events {
        Events(Vec::with_capacity(BATCH))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        let sources = self.0.iter().filter(|event| event.data.u64() != NOTIFIER);
        sources.map(|event| translate(event.data.u64(), event.flags))
    }
}

fn translate(key: u64, flags: EventFlags) -> Event {
    let broken = EventFlags::HUP | EventFlags::ERR;
    let exceptional = EventFlags::PRI | EventFlags::RDHUP | broken;
    Event {
        key: key as usize,
        readable: flags.intersects(EventFlags::IN | exceptional),
        writable: flags.intersects(EventFlags::OUT | broken),
        exceptional: flags.intersects(exceptional),
    }
}

/// The poller of one thread.
#[derive(Debug)]
pub(crate) struct Poller(polling::Poller);

impl Poller {
    pub(crate) fn new() -> io::Result<(Poller, Notifier)> {
        let poller = Poller(polling::Poller::new()?);
        let eventfd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let flags = EventFlags::ET | EventFlags::IN;
        epoll::add(&poller.0, &eventfd, EventData::new_u64(NOTIFIER), flags)?;
        Ok((poller, Notifier(eventfd)))
    }

    /// Registers a source for good.
    pub(crate) fn add(&self, raw: RawSource, key: usize) -> io::Result<()> {
        let directions = EventFlags::IN | EventFlags::OUT;
        let flags = EventFlags::ET | directions | EventFlags::RDHUP | EventFlags::PRI;
        Ok(epoll::add(&self.0, raw.borrow(), EventData::new_u64(key as u64), flags)?)
    }

    /// Asks for the next event: nothing to do.
    #[expect(clippy::unused_self, reason = "the portable wait needs it")]
    pub(crate) fn arm(&self, _raw: RawSource, _interest: Interest) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn delete(&self, raw: RawSource) -> io::Result<()> {
        Ok(epoll::delete(&self.0, raw.borrow())?)
    }

    /// Waits for events, at most for `timeout`, perhaps shorter. In a wait that a signal interrupts
    /// nothing has happened.
    pub(crate) fn wait(&self, timeout: Option<Duration>, events: &mut Events) -> io::Result<()> {
        events.0.clear();
        // A timeout of more than 292 billion years is none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(punctual(timeout)).ok());
        let room = rustix::buffer::spare_capacity(&mut events.0);
        match epoll::wait(&self.0, room, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(Errno::NOSYS) => Err(io::Error::new(io::ErrorKind::Unsupported, TOO_OLD)),
            Err(error) => Err(error.into()),
        }
    }
}

/// A timeout that ends no later than asked.
///
/// The kernel ends a wait late by up to a share of its length, so that it can end several at once:
/// a thousandth, in a niced process five thousandths, at most 100 ms. A wait of 25 seconds was 22
/// ms late, niced 98 ms. So a long wait is cut short by that much, and the reactor waits again for
/// the rest, which is short: two waits up to two seconds, three for any longer. Below 10 ms the
/// share is less than what every wait may be late by, 50 us.
fn punctual(timeout: Duration) -> Duration {
    if timeout < Duration::from_millis(10) {
        return timeout;
    }
    timeout - Duration::from_millis(100).min(timeout / 200)
}
