//! One end of a pair: its stream, and who waits on it with which waker.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_lite::{AsyncRead, AsyncWrite};
use wakeful_reactor::Async;

use crate::hand::{Hand, WakeLog, Woken};

/// Waiters of each end: two for reading, two for writing.
const WAITERS: usize = 4;
/// A stream that is always ready gives way after 128 attempts, of which an operation may take two; before this many it must not.
const NO_PAUSE_BEFORE: u32 = 60;

/// Streams that are tried.
pub trait Sock: Sized + 'static {
    fn end_writing(&self) -> io::Result<()>;
    fn by_slot(io: &Async<Self>) -> impl AsyncRead + AsyncWrite + Unpin;
}

macro_rules! sock {
    ($type:ty) => {
        impl Sock for $type {
            fn end_writing(&self) -> io::Result<()> {
                self.shutdown(Shutdown::Write)
            }

            fn by_slot(io: &Async<Self>) -> impl AsyncRead + AsyncWrite + Unpin {
                io
            }
        }
    };
}
sock!(UnixStream);
sock!(TcpStream);

#[derive(Clone, Copy)]
pub enum Side {
    Read,
    Write,
}

/// What an operation came to.
pub enum Polled {
    Ready(io::Result<usize>),
    Pending,
    /// Pending, and woken at once: other tasks shall have their turn.
    GaveWay,
    /// This end has been dropped.
    Gone,
}

/// The poll slot of a side.
#[derive(Default)]
struct Slot {
    polls: u32,
    /// The waker that the last pending poll has left.
    waits: Option<Woken>,
}

/// A future that waits, and the waker of its last poll, if that was pending and is not woken yet.
struct Waiting {
    hand: Hand<'static, io::Result<()>>,
    waits: Option<Woken>,
}

/// One end.
pub struct End<T> {
    number: usize,
    stream: Option<Arc<Async<T>>>,
    /// By side.
    slots: [Slot; 2],
    waiters: [Option<Waiting>; WAITERS],
    /// Operations, and waits that were over at once, since it gave way the last time.
    operations: u32,
}

impl<T: Sock> End<T> {
    pub fn new(number: usize, stream: Async<T>) -> End<T> {
        End {
            number,
            #[allow(clippy::arc_with_non_send_sync, reason = "`readable_owned` wants an Arc")]
            stream: Some(Arc::new(stream)),
            slots: Default::default(),
            waiters: [const { None }; WAITERS],
            operations: 0,
        }
    }

    pub fn is_gone(&self) -> bool {
        self.stream.is_none()
    }

    fn name(&self, place: usize) -> usize {
        self.number * 10 + place
    }

    pub fn read(&mut self, buf: &mut [u8], log: &WakeLog) -> Polled {
        self.poll(Side::Read, log, |io, cx| Pin::new(&mut T::by_slot(io)).poll_read(cx, buf))
    }

    pub fn write(&mut self, buf: &[u8], log: &WakeLog) -> Polled {
        self.poll(Side::Write, log, |io, cx| Pin::new(&mut T::by_slot(io)).poll_write(cx, buf))
    }

    fn poll(
        &mut self,
        side: Side,
        log: &WakeLog,
        op: impl FnOnce(&Async<T>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Polled {
        let name = self.name(side as usize);
        let Some(stream) = &self.stream else { return Polled::Gone };
        let slot = &mut self.slots[side as usize];
        slot.polls += 1;
        let woken = (name, slot.polls);
        let waker = log.waker(woken);
        match op(stream, &mut Context::from_waker(&waker)) {
            Poll::Ready(result) => {
                self.operations += 1;
                Polled::Ready(result)
            }
            Poll::Pending if gave_way(&mut self.operations, log, woken) => Polled::GaveWay,
            Poll::Pending => {
                slot.waits = Some(woken);
                Polled::Pending
            }
        }
    }

    /// Whether the end was there.
    pub fn shut_down(&mut self) -> bool {
        // It fails if the peer is gone, and then there is nothing to tell it.
        self.stream.as_ref().map(|stream| stream.get_ref().end_writing()).is_some()
    }

    pub fn drop(&mut self) {
        self.waiters = [const { None }; WAITERS];
        // Whoever waits in a poll slot goes on waiting: the drop wakes them.
        self.stream = None;
    }

    /// Polls one of the waiters, after making it if it is not there. The side on which it has to
    /// wait, if it has.
    pub fn wait(&mut self, choice: usize, log: &WakeLog) -> Option<Side> {
        let place = choice % WAITERS;
        let name = self.name(2 + place);
        let stream = self.stream.as_ref()?;
        let side = if place < WAITERS / 2 { Side::Read } else { Side::Write };
        let waiting = self.waiters[place].get_or_insert_with(|| Waiting {
            hand: match side {
                Side::Read => log.hand(name, stream.clone().readable_owned()),
                Side::Write => log.hand(name, stream.clone().writable_owned()),
            },
            waits: None,
        });
        let result = waiting.hand.poll();
        let woken = waiting.hand.last_woken();
        if let Some(result) = result {
            result.expect("readiness is known");
            self.operations += 1;
            self.waiters[place] = None;
            return None;
        }
        if gave_way(&mut self.operations, log, woken) {
            return None;
        }
        waiting.waits = Some(woken);
        Some(side)
    }

    /// Drops one of the waiters, wherever it is.
    pub fn give_up(&mut self, choice: usize) {
        self.waiters[choice % WAITERS] = None;
    }

    /// Takes note of a wake; whether it was of one who waits.
    pub fn was_woken(&mut self, woken: Woken) -> bool {
        let slots = self.slots.iter_mut().map(|slot| &mut slot.waits);
        let waiters = self.waiters.iter_mut().flatten().map(|waiting| &mut waiting.waits);
        let waits = slots.chain(waiters).find(|waits| **waits == Some(woken));
        waits.is_some_and(|waits| waits.take().is_some())
    }

    /// Whether anybody waits on a side.
    pub fn waits(&self, side: Side) -> bool {
        let places = match side {
            Side::Read => &self.waiters[..WAITERS / 2],
            Side::Write => &self.waiters[WAITERS / 2..],
        };
        self.slots[side as usize].waits.is_some()
            || places.iter().flatten().any(|waiting| waiting.waits.is_some())
    }
}

/// Whether a poll that was pending has woken its task at once; then it was time to.
fn gave_way(operations: &mut u32, log: &WakeLog, woken: Woken) -> bool {
    let gave_way = log.take_one(woken);
    if gave_way {
        let operations = std::mem::take(operations);
        assert!(operations > NO_PAUSE_BEFORE, "it gave way after {operations} operations");
    }
    gave_way
}
