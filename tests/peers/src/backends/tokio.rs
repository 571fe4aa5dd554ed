//! tokio's current-thread runtime, tasks by `tokio::spawn`: tokio at its lightest.
//!
//! `spawn` asks for `Send`, which the workloads' futures are not. [`OneThread`] asserts it: this
//! runtime has one thread and never moves a task off it, and the wrapper compiles to nothing, so
//! tokio is measured without the cost of its `LocalSet` (see `tokio_local`).

#![allow(unsafe_code)]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::backend::{Backend, Clock, Net, Spawn};

#[derive(Clone, Copy)]
pub struct Tokio;

/// A value that never leaves the runtime's only thread.
struct OneThread<T>(T);

// SAFETY: values are made, used and dropped on the thread inside `block_on` of a current-thread
// runtime, which polls and drops its tasks there and nowhere else.
unsafe impl<T> Send for OneThread<T> {}

impl<F: Future> Future for OneThread<F> {
    type Output = OneThread<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the inner future is pinned with the wrapper and never moved out of it.
        let inner = unsafe { self.map_unchecked_mut(|wrapper| &mut wrapper.0) };
        inner.poll(cx).map(OneThread)
    }
}

/// tokio's handle, with the panic of a task passed on.
pub struct Join<T>(JoinHandle<OneThread<T>>);

impl<T: 'static> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|ended| ended.expect("the task ended").0)
    }
}

/// A current-thread runtime with I/O and time.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

impl Backend for Tokio {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        runtime().block_on(main(Self));
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            drop(tokio::spawn(OneThread(make(index))));
        }
    }
}

impl Spawn for Tokio {
    type Join<T: 'static> = Join<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Join<F::Output> {
        Join(tokio::spawn(OneThread(future)))
    }
}

impl Clock for Tokio {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(time)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep_until(at.into())
    }
}

impl Net for Tokio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn listen(&self, listener: std::net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        listener.accept().await.map(|(stream, _)| stream)
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(to).await
    }

    fn read<'a>(
        stream: &'a mut TcpStream,
        buffer: &'a mut [u8],
    ) -> impl Future<Output = io::Result<usize>> + 'a {
        stream.read(buffer)
    }

    fn write_all<'a>(
        stream: &'a mut TcpStream,
        bytes: &'a [u8],
    ) -> impl Future<Output = io::Result<()>> + 'a {
        stream.write_all(bytes)
    }
}
