//! One end of a pair: its stream, and who waits on it with which waker.

use std::future::Future;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_lite::{AsyncRead, AsyncWrite};
use wakeful_reactor::{Async, ReadableOwned, WritableOwned};

use crate::hand::{WakeLog, Woken};

/// Waiters of each end: two for reading, two for writing.
const WAITERS: usize = 4;
/// A stream that is always ready gives way after 128 attempts, of which an operation may take two; before this many it must not.
const NO_PAUSE_BEFORE: u32 = 60;

/// Streams that are tried.
pub trait Sock: Sized + 'static {
    fn end_writing(&self) -> io::Result<()>;
    fn poll_read(io: &Async<Self>, cx: &mut Context<'_>, buf: &mut [u8])
    -> Poll<io::Result<usize>>;
    fn poll_write(io: &Async<Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;
}

macro_rules! sock {
    ($type:ty) => {
        impl Sock for $type {
            fn end_writing(&self) -> io::Result<()> {
                self.shutdown(Shutdown::Write)
            }

            fn poll_read(
                mut io: &Async<Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut io).poll_read(cx, buf)
            }

            fn poll_write(
                mut io: &Async<Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut io).poll_write(cx, buf)
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

enum Waiter<T> {
    Read(ReadableOwned<T>),
    Write(WritableOwned<T>),
}

struct Waiting<T> {
    future: Waiter<T>,
    polls: u32,
    waits: Option<Woken>,
}

/// One end.
pub struct End<T> {
    number: usize,
    stream: Option<Arc<Async<T>>>,
    read: Slot,
    write: Slot,
    waiters: [Option<Waiting<T>>; WAITERS],
    /// Operations, and waits that were over at once, since it gave way the last time.
    operations: u32,
}

impl<T: Sock> End<T> {
    pub fn new(number: usize, stream: Async<T>) -> End<T> {
        End {
            number,
            #[allow(clippy::arc_with_non_send_sync, reason = "`readable_owned` wants an Arc")]
            stream: Some(Arc::new(stream)),
            read: Slot::default(),
            write: Slot::default(),
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
        let name = self.name(0);
        let Some(stream) = &self.stream else {
            return Polled::Gone;
        };
        let operations = &mut self.operations;
        let op = |cx: &mut Context<'_>| T::poll_read(stream, cx, buf);
        self.read.poll(name, log, operations, op)
    }

    pub fn write(&mut self, buf: &[u8], log: &WakeLog) -> Polled {
        let name = self.name(1);
        let Some(stream) = &self.stream else {
            return Polled::Gone;
        };
        let operations = &mut self.operations;
        let op = |cx: &mut Context<'_>| T::poll_write(stream, cx, buf);
        self.write.poll(name, log, operations, op)
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
        let waiting = self.waiters[place].get_or_insert_with(|| Waiting {
            future: match place < WAITERS / 2 {
                true => Waiter::Read(stream.clone().readable_owned()),
                false => Waiter::Write(stream.clone().writable_owned()),
            },
            polls: 0,
            waits: None,
        });
        waiting.polls += 1;
        let woken = (name, waiting.polls);
        let waker = log.waker(woken);
        let mut cx = Context::from_waker(&waker);
        let (side, polled) = match &mut waiting.future {
            Waiter::Read(future) => (Side::Read, Pin::new(future).poll(&mut cx)),
            Waiter::Write(future) => (Side::Write, Pin::new(future).poll(&mut cx)),
        };
        match polled {
            Poll::Ready(result) => {
                result.expect("readiness is known");
                self.operations += 1;
                self.waiters[place] = None;
                None
            }
            Poll::Pending if gave_way(&mut self.operations, log, woken) => None,
            Poll::Pending => {
                waiting.waits = Some(woken);
                Some(side)
            }
        }
    }

    /// Drops one of the waiters, wherever it is.
    pub fn give_up(&mut self, choice: usize) {
        self.waiters[choice % WAITERS] = None;
    }

    /// Takes note of a wake; whether it was of one who waits.
    pub fn was_woken(&mut self, woken: Woken) -> bool {
        let slots = [&mut self.read.waits, &mut self.write.waits];
        let waiters = self.waiters.iter_mut().flatten().map(|waiting| &mut waiting.waits);
        for waits in slots.into_iter().chain(waiters) {
            if *waits == Some(woken) {
                *waits = None;
                return true;
            }
        }
        false
    }

    /// Whether anybody waits on a side.
    pub fn waits(&self, side: Side) -> bool {
        let (slot, places) = match side {
            Side::Read => (&self.read, 0..WAITERS / 2),
            Side::Write => (&self.write, WAITERS / 2..WAITERS),
        };
        let waiter = |place: usize| self.waiters[place].as_ref().is_some_and(|w| w.waits.is_some());
        slot.waits.is_some() || places.into_iter().any(waiter)
    }
}

impl Slot {
    fn poll(
        &mut self,
        name: usize,
        log: &WakeLog,
        operations: &mut u32,
        op: impl FnOnce(&mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Polled {
        self.polls += 1;
        let woken = (name, self.polls);
        let waker = log.waker(woken);
        match op(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => {
                *operations += 1;
                Polled::Ready(result)
            }
            Poll::Pending => {
                if gave_way(operations, log, woken) {
                    return Polled::GaveWay;
                }
                self.waits = Some(woken);
                Polled::Pending
            }
        }
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
