//! smol's parts: async-executor's `LocalExecutor`, with async-io as the reactor.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use async_executor::{LocalExecutor, Task};
use async_io::{Async, Timer};
use futures::FutureExt;
use futures_lite::{AsyncReadExt, AsyncWriteExt};

use crate::backend::{Backend, Clock, Net, Spawn};

#[derive(Clone)]
pub struct Smol(Rc<LocalExecutor<'static>>);

impl Backend for Smol {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let executor = Rc::new(LocalExecutor::new());
        let main = main(Self(Rc::clone(&executor)));
        async_io::block_on(executor.run(main));
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            self.0.spawn(make(index)).detach();
        }
    }
}

impl Spawn for Smol {
    type Join<T: 'static> = Task<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        self.0.spawn(future)
    }
}

impl Clock for Smol {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        Timer::after(time).map(drop)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + 'static {
        Timer::at(at).map(drop)
    }
}

impl Net for Smol {
    type Listener = Async<TcpListener>;
    type Stream = Async<TcpStream>;

    fn listen(&self, listener: TcpListener) -> io::Result<Async<TcpListener>> {
        Async::new(listener)
    }

    async fn accept(listener: &Async<TcpListener>) -> io::Result<Async<TcpStream>> {
        listener.accept().await.map(|(stream, _)| stream)
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<Async<TcpStream>> {
        Async::<TcpStream>::connect(to).await
    }

    fn read<'a>(
        stream: &'a mut Async<TcpStream>,
        buffer: &'a mut [u8],
    ) -> impl Future<Output = io::Result<usize>> + 'a {
        stream.read(buffer)
    }

    fn write_all<'a>(
        stream: &'a mut Async<TcpStream>,
        bytes: &'a [u8],
    ) -> impl Future<Output = io::Result<()>> + 'a {
        stream.write_all(bytes)
    }
}
