//! The echo server: a task a connection, which reads up to 256 bytes and writes back what came.
//! Its process serves until it is ended; the conductor reads its counters from outside.

use std::io;
use std::net::TcpListener;

use crate::backend::{Countdown, Net};
use crate::backends;
use crate::wire::floor;
use crate::with_backend;

/// Serves on `listener` with `backend`, for ever.
pub fn serve(backend: &str, listener: TcpListener) -> Result<(), String> {
    match backend {
        "floor" => floor::serve(listener).map_err(|error| error.to_string()),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<296>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], run(listener)),
    }
}

fn run<N: Net>(listener: TcpListener) -> Result<(), String> {
    N::run(|net| async move {
        let ended = accept_all(&net, listener).await;
        eprintln!("the listener ended: {ended:?}");
        Countdown::set(0);
    });
    Ok(())
}

async fn accept_all<N: Net>(net: &N, listener: TcpListener) -> io::Result<()> {
    let listener = net.listen(listener)?;
    loop {
        net.start_one(echo::<N>(N::accept(&listener).await?));
    }
}

/// A connection's task. One that breaks ends its own task, as in any server.
///
/// It is not an `async fn`, which would hold the stream twice, as its argument and as its variable;
/// and it keeps nothing across an await but the stream and the buffer.
#[allow(clippy::manual_async_fn)]
fn echo<N: Net>(mut stream: N::Stream) -> impl Future<Output = ()> {
    async move {
        let mut buffer = [0; 256];
        loop {
            let Ok(length @ 1..) = N::read(&mut stream, &mut buffer).await else {
                return;
            };
            let Ok(()) = N::write_all(&mut stream, &buffer[..length]).await else {
                return;
            };
        }
    }
}
