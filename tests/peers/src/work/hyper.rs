//! hyper's HTTP/1 server saying hello, one thread, a task a connection: what a real library costs on
//! each reactor. Each has the glue between hyper and its streams that its users would take.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::TcpListener;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use smol_hyper::rt::FuturesIo;

use crate::backend::{Countdown, Net};
use crate::backends::{smol::Smol, tokio::Tokio, wakeful::Wakeful};
use crate::unknown_backend;

#[path = "../../../../demos/examples/common/hyper_io.rs"]
mod hyper_io;

/// Serves on `listener` with `backend`, for ever.
pub fn serve(backend: &str, listener: TcpListener) -> Result<(), String> {
    match backend {
        "wakeful" => run::<Wakeful<4096>, _>(listener, hyper_io::HyperIo),
        "tokio" => run::<Tokio, _>(listener, TokioIo::new),
        "smol" => run::<Smol, _>(listener, FuturesIo::new),
        other => return Err(unknown_backend(other)),
    }
    Ok(())
}

fn run<N: Net, I: Read + Write + Unpin + 'static>(listener: TcpListener, glue: fn(N::Stream) -> I) {
    N::run(|net| async move {
        let ended = accept_all(&net, listener, glue).await;
        eprintln!("the listener ended: {ended:?}");
        Countdown::set(0);
    });
}

async fn accept_all<N: Net, I: Read + Write + Unpin + 'static>(
    net: &N,
    listener: TcpListener,
    glue: fn(N::Stream) -> I,
) -> io::Result<()> {
    let listener = net.listen(listener)?;
    loop {
        let stream = N::accept(&listener).await?;
        net.start_one(connection(glue(stream)));
    }
}

fn connection(io: impl Read + Write + Unpin + 'static) -> impl Future<Output = ()> {
    let connection = http1::Builder::new().serve_connection(io, service_fn(hello));
    async move {
        // A connection that breaks ends its own task.
        let _ended = connection.await;
    }
}

async fn hello(_request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"Hello, world!"))))
}
