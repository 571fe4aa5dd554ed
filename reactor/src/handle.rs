//! `Async<T>`: a handle of the system, as futures. What its operations do is in `operate.rs`.

use crate::operate::When;
use crate::os::RawSource;
use crate::reactor::{self, Parting};
use crate::ready::{Queued, Readable, ReadableOwned, Writable, WritableOwned};
use crate::side::{Side, Start};
use crate::source::Key;
use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A handle in non-blocking mode, registered with its thread's reactor.
///
/// It adapts anything that the system can tell readiness of: sockets, pipes, terminals, eventfds,
/// inotify. TCP, UDP and Unix sockets have methods of their own; for the rest there are
/// [`read_with`](Async::read_with) and [`write_with`](Async::write_with), and [`futures_io`]'s
/// traits where `T` reads and writes.
///
/// It stays on its thread (`!Send`): the reactor that knows it is the thread's. To move a handle,
/// take it out with [`into_inner`](Async::into_inner) and register it there.
///
/// A handle is registered once, for both directions, and deregistered when it is dropped. Any
/// number of tasks may wait by [`readable`](Async::readable), [`writable`](Async::writable),
/// `read_with`, `write_with` and what is built on them. The `poll_` methods and the `futures_io`
/// traits keep one task a direction: the last to poll is the one that is woken.
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
pub struct Async<T> {
    /// `None` only after `into_inner`, on the way to the drop.
    io: Option<T>,
    key: Key,
    /// Others have had the handle in hand, so there may be a duplicate of it, and it may have been
    /// used in ways that are not seen here.
    lent: Cell<bool>,
    thread: PhantomData<*const ()>,
}

impl<T> Unpin for Async<T> {}

impl<T> Async<T> {
    pub(crate) fn register(io: T, raw: RawSource, start: Start) -> io::Result<Async<T>> {
        let key = reactor::with(|reactor| reactor.insert(raw, start))?;
        Ok(Async {
            io: Some(io),
            key,
            lent: Cell::new(!start.is_new),
            thread: PhantomData,
        })
    }

    /// The handle inside. Operations on it must not block, or they block the thread; and what would
    /// block there is not known to the reactor until an operation of `Async` finds it too, which
    /// then simply waits.
    ///
    /// A TCP stream that was never lent out costs two system calls less at its end (see
    /// [how readiness works](crate#how-readiness-works)).
    pub fn get_ref(&self) -> &T {
        self.lent.set(true);
        self.io()
    }

    /// For operations of this crate, which keep nothing of it.
    pub(crate) fn io(&self) -> &T {
        match &self.io {
            Some(io) => io,
            None => unreachable!("the handle is taken only when Async is consumed"),
        }
    }

    /// Whether others have had the handle in hand.
    pub(crate) fn is_lent(&self) -> bool {
        self.lent.get()
    }

    /// The handle inside, mutably.
    ///
    /// # Safety
    ///
    /// It must not be replaced or dropped: it is registered with the system by its descriptor.
    #[allow(
        unsafe_code,
        reason = "the signature is async-io's, and so is the promise asked for"
    )]
    pub unsafe fn get_mut(&mut self) -> &mut T {
        self.lent.set(true);
        self.io_mut()
    }

    /// For operations of this crate, which do not replace it.
    pub(crate) fn io_mut(&mut self) -> &mut T {
        match &mut self.io {
            Some(io) => io,
            None => unreachable!("the handle is taken only when Async is consumed"),
        }
    }

    /// Deregisters the handle and gives it back, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// If the system does not know the handle any more, say because its descriptor was closed
    /// behind the reactor's back.
    pub fn into_inner(mut self) -> io::Result<T> {
        let deregistered = reactor::with(|reactor| reactor.remove(self.key, Parting::LivesOn));
        match (self.io.take(), deregistered) {
            (Some(io), Ok(())) => Ok(io),
            (_, Err(error)) => Err(reactor::because("deregistering from the reactor", error)),
            (None, Ok(())) => unreachable!("the handle is taken only when Async is consumed"),
        }
    }

    /// Waits until the handle can be read from: there is data, the end, or an error. It may be
    /// spurious: whoever reads first takes what is there.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn readable(&self) -> Readable<'_, T> {
        Readable(Queued::new(self, Side::Read))
    }

    /// The same, by a shared handle that the future owns.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn readable_owned(self: Arc<Self>) -> ReadableOwned<T> {
        ReadableOwned(Queued::new(self, Side::Read))
    }

    /// Waits until the handle can be written to: there is room, or an error. It may be spurious.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn writable(&self) -> Writable<'_, T> {
        Writable(Queued::new(self, Side::Write))
    }

    /// The same, by a shared handle that the future owns.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing; readiness belongs to the handle.
    pub fn writable_owned(self: Arc<Self>) -> WritableOwned<T> {
        WritableOwned(Queued::new(self, Side::Write))
    }

    /// Polls for readability. One task at a time: a later caller replaces an earlier one, which is
    /// not woken.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(Side::Read, cx)
    }

    /// Polls for writability. One task at a time: a later caller replaces an earlier one, which is
    /// not woken.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(Side::Write, cx)
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
        self.lent.set(true);
        self.with(Side::Read, op).await
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
    #[allow(
        unsafe_code,
        reason = "the signature is async-io's, and so is the promise asked for"
    )]
    pub async unsafe fn read_with_mut<R>(
        &mut self,
        mut op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.lent.set(true);
        poll_fn(|cx| self.poll_op_mut(Side::Read, cx, |io, _| op(io), When::Ready, |_| false)).await
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
        self.lent.set(true);
        self.with(Side::Write, op).await
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
    #[allow(
        unsafe_code,
        reason = "the signature is async-io's, and so is the promise asked for"
    )]
    pub async unsafe fn write_with_mut<R>(
        &mut self,
        mut op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.lent.set(true);
        poll_fn(|cx| self.poll_op_mut(Side::Write, cx, |io, _| op(io), When::Ready, |_| false))
            .await
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }
}

impl<T> AsRef<T> for Async<T> {
    fn as_ref(&self) -> &T {
        self.get_ref()
    }
}

impl<T: fmt::Debug> fmt::Debug for Async<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Async").field("io", &self.io).finish()
    }
}

impl<T> Drop for Async<T> {
    fn drop(&mut self) {
        if self.io.is_some() {
            // Without a reactor (the thread is ending) there is nothing to deregister from; an
            // error means that the system has forgotten it already. Only then is the handle
            // dropped, and with it the descriptor closed.
            let parting = match self.is_lent() {
                true => Parting::LivesOn,
                false => Parting::Closed,
            };
            let _forgotten = reactor::try_with(|reactor| reactor.remove(self.key, parting));
        }
    }
}
