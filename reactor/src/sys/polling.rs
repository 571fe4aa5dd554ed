//! The wait everywhere: `polling`'s own, on whatever the system has (epoll, kqueue, event ports,
//! IOCP, poll).
//!
//! Where the backend knows edges, a source is registered once, edge-triggered, in both directions.
//! Where it does not, it is registered for nothing and armed for one event each time a task begins
//! to wait ([`Poller::arm`]).
//!
//! The end of a stream has no event of its own here, so a short read proves nothing, and reads go
//! on until they would block.
#![allow(unsafe_code)] // Registration: `polling` wants a promise, which is **OPEN** of `unix.rs`.

use super::RawSource;
use crate::event::{Event, Interest};
use polling::PollMode;
use std::{io, sync::Arc, time::Duration};

/// Whether [`Event::exceptional`] is exact, so that it reports the end of a stream.
pub(crate) const REPORTS_END: bool = false;
/// Whether each event must be asked for: on some backends.
pub(crate) const ARMS: bool = true;

/// Ends the wait, from any thread.
#[derive(Debug)]
pub(crate) struct Notifier(Arc<polling::Poller>);

impl Notifier {
    pub(crate) fn notify(&self) {
        // A pipe that is full ends the wait already; there is no other failure.
        let _notified = self.0.notify();
    }
}

/// The events of one wait.
pub(crate) struct Events(polling::Events);

impl Events {
    pub(crate) fn new() -> Events {
        Events(polling::Events::new())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.0.iter().map(|event| Event {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
            exceptional: true,
        })
    }
}

/// The poller of one thread.
#[derive(Debug)]
pub(crate) struct Poller(Arc<polling::Poller>);

impl Poller {
    pub(crate) fn new() -> io::Result<(Poller, Notifier)> {
        let poller = Arc::new(polling::Poller::new()?);
        Ok((Poller(poller.clone()), Notifier(poller)))
    }

    /// Registers a source for good.
    pub(crate) fn add(&self, raw: RawSource, key: usize) -> io::Result<()> {
        raw.refuse_if_always_ready()?;
        let (event, mode) = match self.0.supports_edge() {
            true => (polling::Event::all(key), PollMode::Edge),
            false => (polling::Event::none(key), PollMode::Oneshot),
        };
        // SAFETY: a registered source must be deleted before it is closed; by OPEN it is.
        unsafe { self.0.add_with_mode(raw.0, event, mode) }
    }

    /// Asks for the next event, in both directions if both are waited for.
    pub(crate) fn arm(&self, raw: RawSource, interest: Interest) -> io::Result<()> {
        if self.0.supports_edge() {
            return Ok(());
        }
        let event = polling::Event::new(interest.key, interest.readable, interest.writable);
        self.0.modify_with_mode(raw.borrow(), event, PollMode::Oneshot)
    }

    pub(crate) fn delete(&self, raw: RawSource) -> io::Result<()> {
        self.0.delete(raw.borrow())
    }

    /// Waits for events, at most for `timeout`. `polling` goes on waiting when a signal interrupts.
    pub(crate) fn wait(&self, timeout: Option<Duration>, events: &mut Events) -> io::Result<()> {
        events.0.clear();
        self.0.wait(&mut events.0, timeout).map(drop)
    }
}
