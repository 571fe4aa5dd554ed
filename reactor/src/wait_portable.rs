//! The wait everywhere: `polling`'s own `wait`, on whatever the system has (epoll, kqueue, event
//! ports, IOCP, poll).
//!
//! Where the backend knows edges, a source is registered once, edge-triggered, in both directions.
//! Where it does not, it is registered for nothing and armed for one event each time a task begins
//! to wait ([`Driver::arm`]).
//!
//! The end of a stream has no event of its own here, so a short read proves nothing and reads go on
//! until they would block.

use crate::os::RawSource;
use crate::source::Interest;
use polling::{Event, Events, PollMode, Poller};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Whether [`Told::suspect`] tells of the end of a stream, so that a short read proves that no more
/// is there.
pub(crate) const SHORT_READ_PROVES_EMPTY: bool = false;
/// Whether the next event must be asked for each time: on some backends.
pub(crate) const MUST_ARM: bool = true;
/// Whether the system forgets a descriptor that is closed. Most do, but the poller keeps a list of
/// its own.
pub(crate) const CLOSE_DEREGISTERS: bool = false;

/// One event, in the reactor's words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) key: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// Something besides plain data: not told apart here, so always.
    pub(crate) suspect: bool,
    /// The end of the stream, in order: not told apart either, so never.
    pub(crate) ends: bool,
}

/// Ends the wait, from any thread.
#[derive(Clone, Debug)]
pub(crate) struct Bell(Arc<Poller>);

impl Bell {
    pub(crate) fn ring(&self) {
        // A full pipe rings already; there is no other failure, and a waker has nobody to tell.
        let _rung = self.0.notify();
    }
}

/// The poller of one thread.
pub(crate) struct Driver {
    poller: Arc<Poller>,
    events: RefCell<Events>,
}

impl Driver {
    pub(crate) fn new() -> io::Result<Driver> {
        Ok(Driver {
            poller: Arc::new(Poller::new()?),
            events: RefCell::new(Events::new()),
        })
    }

    pub(crate) fn bell(&self) -> Bell {
        Bell(self.poller.clone())
    }

    /// Registers a source for good.
    pub(crate) fn add(&self, source: RawSource, key: usize) -> io::Result<()> {
        source.refuse_if_always_ready()?;
        if self.poller.supports_edge() {
            source.add_to(&self.poller, Event::all(key), PollMode::Edge)
        } else {
            source.add_to(&self.poller, Event::none(key), PollMode::Oneshot)
        }
    }

    /// Asks for the next event, of both directions if both are waited for.
    pub(crate) fn arm(&self, interest: Interest) -> io::Result<()> {
        if self.poller.supports_edge() {
            return Ok(());
        }
        let event = Event::new(interest.number, interest.readable, interest.writable);
        self.poller
            .modify_with_mode(interest.raw.borrow(), event, PollMode::Oneshot)
    }

    pub(crate) fn delete(&self, source: RawSource) -> io::Result<()> {
        self.poller.delete(source.borrow())
    }

    /// Waits until something happens, at most for `timeout`; calls `awake` as soon as it is over,
    /// then `told` for each event. An interrupted wait is retried by the poller.
    pub(crate) fn wait(
        &self,
        timeout: Option<Duration>,
        awake: impl FnOnce(),
        mut told: impl FnMut(Told),
    ) -> io::Result<()> {
        let mut events = self.events.borrow_mut();
        events.clear();
        let waited = self.poller.wait(&mut events, timeout);
        awake();
        waited?;
        for event in events.iter() {
            told(Told {
                key: event.key,
                readable: event.readable,
                writable: event.writable,
                suspect: true,
                ends: false,
            });
        }
        Ok(())
    }
}
