//! redis-rs, unchanged, on wakeful: a library that wants its stream to be `Send` and to have tokio's
//! IO traits.
//!
//! Our streams stay on their thread, and so does everything here. `SendWrapper` passes a stream for
//! `Send`, without unsafe code of ours; it panics if the stream is used or dropped on another thread,
//! which nothing here does. (What cannot work is a library that names its runtime: async-net's sockets
//! are async-io's, for example.)
//!
//! ```sh
//! cargo run -p wakeful-demos --example redis_client -- 127.0.0.1:6379
//! ```
#![forbid(unsafe_code)]

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_lite::{AsyncRead as _, AsyncWrite as _};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisConnectionInfo};
use send_wrapper::SendWrapper;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wakeful_executor::Executor;
use wakeful_reactor::{Async, block_on, timeout};

/// The client's requests, and redis-rs's work on its connection, are two tasks.
static EXECUTOR: Executor<2, 4096> = Executor::new();

const LONGEST: Duration = Duration::from_secs(10);

/// A stream for libraries that want `Send` and tokio's traits.
struct SendStream(SendWrapper<Async<TcpStream>>);

impl SendStream {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut Async<TcpStream>> {
        Pin::new(&mut self.get_mut().0)
    }
}

impl AsyncRead for SendStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n = ready!(self.inner().poll_read(cx, room.initialize_unfilled()))?;
        room.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SendStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_close(cx)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address: SocketAddr = address.as_deref().unwrap_or("127.0.0.1:6379").parse()?;
    let local = EXECUTOR.take().ok_or("taken once")?;
    block_on(local.run_until(timeout(LONGEST, async {
        let stream = Async::<TcpStream>::connect(address).await?;
        let stream = SendStream(SendWrapper::new(stream));
        // redis-rs's own time limits want a runtime that it knows; the `timeout` around all is ours.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let (mut redis, driver) =
            MultiplexedConnection::new_with_config(&RedisConnectionInfo::default(), stream, config)
                .await?;
        let driver = local.spawn(driver).map_err(|_| "no room for the driver")?;
        let (set, got): (String, i64) = redis::pipe()
            .cmd("SET")
            .arg("wakeful")
            .arg(41)
            .cmd("INCR")
            .arg("wakeful")
            .query_async(&mut redis)
            .await?;
        println!("set: {set}, then {got}");
        drop(driver);
        Ok(())
    })))?
}
