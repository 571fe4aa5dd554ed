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
            "wakeful" => backends::wakeful::Wakeful<448>,
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
        let stream = N::accept(&listener).await?;
        let mut stream = Some(stream);
        net.start(1, |_| {
            let stream = stream.take();
            async move {
                if let Some(stream) = stream {
                    // A connection that breaks ends its own task, as in any server.
                    let _ = echo::<N>(stream).await;
                }
            }
        });
    }
}

async fn echo<N: Net>(mut stream: N::Stream) -> io::Result<()> {
    let mut buffer = [0; 256];
    loop {
        let length = N::read(&mut stream, &mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        N::write_all(&mut stream, &buffer[..length]).await?;
    }
}
