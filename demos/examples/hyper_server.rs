//! hyper 1, unchanged, on wakeful: an HTTP/1 server on one thread.
//!
//! hyper asks of its runtime no more than a stream with its own IO traits, which `FuturesIo` of
//! smol-hyper makes of anything that has futures-io's; no runtime is named. (hyper's own timeouts
//! want timers that may change threads. Ours do not: `common` puts a `timeout` around the whole.)
//!
//! ```sh
//! cargo run -p wakeful-demos --example hyper_server -- 127.0.0.1:8080 &
//! curl http://127.0.0.1:8080/
//! curl --data 'to be shouted' http://127.0.0.1:8080/upper
//! ```
#![forbid(unsafe_code)]

mod common;

use std::net::TcpStream;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use smol_hyper::rt::FuturesIo;
use wakeful_reactor::Async;

/// The longest body that is accepted, in bytes.
const LONGEST_BODY: usize = 1 << 20;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, Bytes::from("hello from wakeful\n")),
        (&Method::POST, "/upper") => {
            match Limited::new(request.into_body(), LONGEST_BODY)
                .collect()
                .await
            {
                Ok(body) => (StatusCode::OK, body.to_bytes().to_ascii_uppercase().into()),
                Err(error) => (StatusCode::PAYLOAD_TOO_LARGE, format!("{error}\n").into()),
            }
        }
        (_, path) => (StatusCode::NOT_FOUND, format!("no {path} here\n").into()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    Ok(response)
}

async fn connection(stream: Async<TcpStream>) -> common::Served {
    stream.get_ref().set_nodelay(true)?;
    let io = FuturesIo::new(stream);
    http1::Builder::new()
        .serve_connection(io, service_fn(answer))
        .await?;
    Ok(())
}

fn main() -> common::Served {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8080".into());
    common::serve(&address, connection)
}
