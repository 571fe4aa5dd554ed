//! wakeful: its executor, blocked on by its reactor.
//!
//! A slot is as large as the workload's futures need (`BYTES`; a future that is larger does not
//! compile). The slots are many, because a slot that is never used costs nothing.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use wakeful_executor::{Executor, LocalExecutor, Task};
use wakeful_reactor::{Async, Timer, block_on, sleep};

use crate::backend::{Backend, Clock, Net, Spawn};

/// Set where callgrind counts the executor's instructions: it then blocks by parking the thread,
/// because valgrind before 3.20 does not know the reactor's `epoll_pwait2`.
pub const COUNTED: &str = "PEERS_COUNTED";

/// An executor of `TASKS` slots: more than any workload starts, unless its tasks are too large for so
/// many.
#[derive(Clone, Copy)]
pub struct Wakeful<const BYTES: usize, const TASKS: usize = 1_001_000>(LocalExecutor<BYTES>);

impl<const BYTES: usize, const TASKS: usize> Backend for Wakeful<BYTES, TASKS> {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let local = Executor::<TASKS, BYTES>::leak().take().expect("taken once");
        let run = local.run_until(main(Self(local)));
        if std::env::var_os(COUNTED).is_some() {
            wakeful_executor::block_on(run);
        } else {
            block_on(run);
        }
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            self.0.spawn(make(index)).expect("a slot is free").detach();
        }
    }
}

impl<const BYTES: usize, const TASKS: usize> Spawn for Wakeful<BYTES, TASKS> {
    type Join<T: 'static> = Task<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        self.0.spawn(future).expect("a slot is free")
    }
}

impl<const BYTES: usize, const TASKS: usize> Clock for Wakeful<BYTES, TASKS> {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        sleep(time).map(drop)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + 'static {
        Timer::at(at).map(drop)
    }
}

impl<const BYTES: usize, const TASKS: usize> Net for Wakeful<BYTES, TASKS> {
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
