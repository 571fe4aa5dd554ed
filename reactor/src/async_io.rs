//! `Async<T>`: a handle of the system, as futures.
#![allow(unsafe_code)] // Three signatures of async-io's, with the promise that they ask for.

use crate::io_op::{self, Waiter};
use crate::readiness::{Readiness, Short};
use crate::source::{Key, Place};
use crate::sys::{AsSource, RawSource, set_nonblocking};
use crate::{error::context, event::Direction, reactor};
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::{io, marker::PhantomData, mem};

/// A handle in non-blocking mode, registered with its thread's reactor.
///
/// It adapts anything whose readiness the system reports: sockets, pipes, terminals, eventfds,
/// inotify. TCP, UDP and Unix sockets have methods of their own; for the rest there are
/// [`read_with`](Async::read_with) and [`write_with`](Async::write_with), and [`futures_io`]'s
/// traits where `T` reads and writes.
///
/// It stays on its thread (`!Send`), since it is registered with that thread's reactor. To move a
/// handle, take it out with [`into_inner`](Async::into_inner) and register it there.
///
/// A handle is registered once, for both directions, and deregistered when it is dropped; tasks
/// that wait for it then are woken. Any number of tasks may wait by [`readable`](Async::readable),
/// [`writable`](Async::writable), `read_with`, `write_with` and what is built on them. The `poll_`
/// methods and the `futures_io` traits keep one task a direction: the last to poll is the one that
/// is woken.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use wakeful_reactor::{Async, block_on};
///
/// block_on(async {
///     let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
///     let address = listener.get_ref().local_addr()?;
///     let client = Async::<TcpStream>::connect(address).await?;
///     let (server, _) = listener.accept().await?;
///     // With futures-lite or futures-util in scope: client.write_all(b"hello").await?
///     client.write_with(|mut stream| stream.write_all(b"hello")).await?;
///     let mut buffer = [0; 5];
///     server.read_with(|mut stream| stream.read_exact(&mut buffer)).await?;
///     assert_eq!(&buffer, b"hello");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Async<T> {
    /// Dropped before the handle, so that the descriptor is closed after its deregistration.
    registration: Registration,
    io: T,
}

/// A place in the source table, and the duty to give it back.
#[derive(Debug)]
struct Registration {
    key: Key,
    thread: PhantomData<*const ()>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Without a reactor (the thread is ending) there is nothing to deregister from; an error
        // means that the system has forgotten the source already.
        let _forgotten = reactor::try_with(|reactor| reactor.deregister(self.key));
    }
}

impl<T> Unpin for Async<T> {}

impl<T: AsSource> Async<T> {
    /// Puts a handle into non-blocking mode and registers it with this thread's reactor.
    ///
    /// A short read of it proves nothing to the reactor, since `T` may keep data of its own, as a
    /// TLS stream does. So reading it to where it would block takes one system call more than
    /// reading a [`TcpStream`](std::net::TcpStream) that was accepted or connected by this crate.
    /// One that comes from elsewhere has the same advantage if it is registered by
    /// `Async::<TcpStream>::try_from`.
    ///
    /// # Errors
    ///
    /// Those of the system. A regular file or a directory is refused, as it is always ready.
    pub fn new(io: T) -> io::Result<Async<T>> {
        set_nonblocking(&io)?;
        Async::new_nonblocking(io)
    }

    /// Registers a handle that is in non-blocking mode already.
    ///
    /// # Errors
    ///
    /// As for [`new`](Async::new).
    pub fn new_nonblocking(io: T) -> io::Result<Async<T>> {
        Async::register(io, Readiness::Ready, Short::ProvesNothing)
    }

    pub(crate) fn register(io: T, readiness: Readiness, short: Short) -> io::Result<Async<T>> {
        let raw = RawSource::new(&io);
        let key = reactor::with(|reactor| reactor.register(raw, readiness, short))?;
        let thread = PhantomData;
        let registration = Registration { key, thread };
        Ok(Async { registration, io })
    }
}

impl<T> Async<T> {
    /// The handle inside. Operations on it must not block, or they block the thread. The reactor
    /// does not learn that one of them would have blocked; the next operation of `Async` finds it
    /// out and waits.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// The handle inside, mutably.
    ///
    /// # Safety
    ///
    /// It must not be replaced or dropped: it is registered with the system by its descriptor.
    pub unsafe fn get_mut(&mut self) -> &mut T {
        &mut self.io
    }

    pub(crate) fn key(&self) -> Key {
        self.registration.key
    }

    /// The key, and the handle for an operation that does not replace it.
    pub(crate) fn parts_mut(&mut self) -> (Key, &mut T) {
        (self.registration.key, &mut self.io)
    }

    /// Deregisters the handle and gives it back, still in non-blocking mode. Tasks that wait for it
    /// are woken.
    ///
    /// # Errors
    ///
    /// If the system does not know the handle any more, say because its descriptor was closed
    /// behind the reactor's back.
    pub fn into_inner(self) -> io::Result<T> {
        let key = self.key();
        let Async { registration, io } = self;
        mem::forget(registration);
        match reactor::with(|reactor| reactor.deregister(key)) {
            Ok(()) => Ok(io),
            Err(error) => Err(context("deregistering from the reactor", error)),
        }
    }

    /// Polls for readability. One task at a time: a later caller replaces an earlier one, which is
    /// not woken.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let op = io_op::readiness(Direction::Read);
        io_op::poll(self.key(), Direction::Read, &mut Place::Slot, cx, op)
    }

    /// Polls for writability. One task at a time: a later caller replaces an earlier one, which is
    /// not woken.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let op = io_op::readiness(Direction::Write);
        io_op::poll(self.key(), Direction::Write, &mut Place::Slot, cx, op)
    }

    /// Does a reading operation: `op` is tried, and tried again each time the handle may have
    /// become readable, until it does not return [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// # Errors
    ///
    /// Those of `op`.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing that `op` did not take.
    pub async fn read_with<R>(&self, op: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.operate(Direction::Read, op).await
    }

    /// The same, with the handle mutably.
    ///
    /// # Safety
    ///
    /// `op` must not replace or drop the handle.
    ///
    /// # Errors
    ///
    /// Those of `op`.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing that `op` did not take.
    pub async unsafe fn read_with_mut<R>(
        &mut self,
        op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.operate_mut(Direction::Read, op).await
    }

    /// Does a writing operation: `op` is tried, and tried again each time the handle may have
    /// become writable, until it does not return [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// # Errors
    ///
    /// Those of `op`.
    ///
    /// # Cancellation
    ///
    /// Dropping it undoes nothing that `op` did.
    pub async fn write_with<R>(&self, op: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.operate(Direction::Write, op).await
    }

    /// The same, with the handle mutably.
    ///
    /// # Safety
    ///
    /// `op` must not replace or drop the handle.
    ///
    /// # Errors
    ///
    /// Those of `op`.
    ///
    /// # Cancellation
    ///
    /// Dropping it undoes nothing that `op` did.
    pub async unsafe fn write_with_mut<R>(
        &mut self,
        op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.operate_mut(Direction::Write, op).await
    }

    /// One operation, by a waiter of its own in the queue.
    pub(crate) fn operate<R>(
        &self,
        direction: Direction,
        mut op: impl FnMut(&T) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        let mut waiter = Waiter::new(self.key(), direction);
        poll_fn(move |cx| waiter.poll(cx, |_| op(self.get_ref())))
    }

    fn operate_mut<R>(
        &mut self,
        direction: Direction,
        mut op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        let (key, io) = self.parts_mut();
        poll_fn(move |cx| io_op::poll(key, direction, &mut Place::Slot, cx, |_| op(io)))
    }
}

impl<T> AsRef<T> for Async<T> {
    fn as_ref(&self) -> &T {
        self.get_ref()
    }
}
