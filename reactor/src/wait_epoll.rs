//! The wait on Linux: one system call, on the epoll descriptor inside `polling`'s `Poller`.
//!
//! `Poller::wait` makes five calls (it arms a timerfd, re-arms its notifier and empties it each
//! time). All but one are only of use when somebody rang the bell, so this file waits on the
//! `Poller`'s own epoll descriptor and calls `Poller::wait`, with no timeout, only when the bell's
//! event shows.
//!
//! Sources are registered here too, edge-triggered, in both directions, and with `EPOLLRDHUP`,
//! which `polling` does not ask for. With it a peer's end of stream is told in an event of its own
//! kind, so that a short read need not be followed by a second one that finds nothing: see
//! [`Told::suspect`].
//!
//! `wait_portable.rs` has the same interface and is chosen in its place on every other system, or
//! by `--cfg wakeful_portable_wait`.

use crate::os::RawSource;
use crate::source::Interest;
use polling::{Events, Poller};
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use std::cell::RefCell;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// Events taken by one wait. What does not fit is taken by the next.
const BATCH: usize = 1024;
/// What is said where there is no wait with nanoseconds (`epoll_pwait2`).
const TOO_OLD: &str = "the system's wait is missing: it needs Linux 5.11 or newer";
/// `polling`'s key for its own notifier. (It says `usize::MAX`, also where that has 32 bits.)
const BELL: u64 = usize::MAX as u64;

/// Whether [`Told::suspect`] tells of the end of a stream, so that a short read proves that no more
/// is there.
pub(crate) const SHORT_READ_PROVES_EMPTY: bool = true;
/// Whether the next event must be asked for each time. An edge-triggered source is asked for once.
pub(crate) const MUST_ARM: bool = false;
/// Whether the system forgets a descriptor that is closed, if nothing else refers to what is behind
/// it.
pub(crate) const CLOSE_DEREGISTERS: bool = true;

/// One event, in the reactor's words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) key: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// Something besides plain data: end of stream, hang-up, error, urgent data. Then no further
    /// edge may come, and a read that was short proves nothing.
    pub(crate) suspect: bool,
    /// The end of the stream, in order: besides it nothing but data.
    pub(crate) ends: bool,
}

/// Ends the wait, from any thread.
#[derive(Clone, Debug)]
pub(crate) struct Bell(Arc<Poller>);

impl Bell {
    pub(crate) fn ring(&self) {
        // An eventfd that is full rings already; there is no other failure, and a waker has nobody
        // to tell.
        let _rung = self.0.notify();
    }
}

/// The poller of one thread.
pub(crate) struct Driver {
    poller: Arc<Poller>,
    list: RefCell<Vec<epoll::Event>>,
    drained: RefCell<Events>,
}

impl Driver {
    pub(crate) fn new() -> io::Result<Driver> {
        Ok(Driver {
            poller: Arc::new(Poller::new()?),
            list: RefCell::new(Vec::with_capacity(BATCH)),
            drained: RefCell::new(Events::with_capacity(NonZeroUsize::MIN)),
        })
    }

    pub(crate) fn bell(&self) -> Bell {
        Bell(self.poller.clone())
    }

    /// Registers a source for good.
    pub(crate) fn add(&self, source: RawSource, key: usize) -> io::Result<()> {
        let flags =
            EventFlags::ET | EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::PRI;
        epoll::add(
            &*self.poller,
            source.borrow(),
            EventData::new_u64(key as u64),
            flags,
        )?;
        Ok(())
    }

    /// Asks for the next event: nothing to do, an edge-triggered source is asked for once.
    #[expect(clippy::unused_self, reason = "the portable wait needs it")]
    pub(crate) fn arm(&self, _interest: Interest) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn delete(&self, source: RawSource) -> io::Result<()> {
        epoll::delete(&*self.poller, source.borrow())?;
        Ok(())
    }

    /// Waits until something happens, at most for `timeout`; calls `awake` as soon as it is over,
    /// then `told` for each event. An interrupted wait is one in which nothing happened.
    pub(crate) fn wait(
        &self,
        timeout: Option<Duration>,
        awake: impl FnOnce(),
        mut told: impl FnMut(Told),
    ) -> io::Result<()> {
        let mut list = self.list.borrow_mut();
        list.clear();
        // A timeout of more than 292 billion years is none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let waited = epoll::wait(
            &*self.poller,
            rustix::buffer::spare_capacity(&mut list),
            timeout.as_ref(),
        );
        awake();
        match waited {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(Errno::NOSYS) => return Err(io::Error::new(io::ErrorKind::Unsupported, TOO_OLD)),
            Err(error) => return Err(error.into()),
        }
        let mut rung = false;
        for event in list.iter() {
            match event.data.u64() {
                BELL => rung = true,
                key => told(translate(key, event.flags)),
            }
        }
        if rung {
            self.answer(&mut told)?;
        }
        Ok(())
    }

    /// Empties the bell. The poller may hand out an event of ours with it; of that one the flags
    /// are not known.
    fn answer(&self, told: &mut impl FnMut(Told)) -> io::Result<()> {
        let mut drained = self.drained.borrow_mut();
        drained.clear();
        self.poller.wait(&mut drained, Some(Duration::ZERO))?;
        for event in drained.iter() {
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

fn translate(key: u64, flags: EventFlags) -> Told {
    let read =
        EventFlags::IN | EventFlags::PRI | EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
    let write = EventFlags::OUT | EventFlags::HUP | EventFlags::ERR;
    let suspect = EventFlags::PRI | EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
    Told {
        key: key as usize,
        readable: flags.intersects(read),
        writable: flags.intersects(write),
        suspect: flags.intersects(suspect),
        ends: flags & suspect == EventFlags::RDHUP,
    }
}
