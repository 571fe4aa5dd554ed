//! hyper 1, unchanged, on wakeful: an HTTP/1 server on one thread.
//!
//! hyper asks of its runtime no more than a stream with its own IO traits, which `HyperIo` makes of
//! anything that has futures-io's, and, for its timeouts, a timer, which is `HyperTimer`.
//!
//! ```sh
//! cargo run -p wakeful-demos --example hyper_server -- 127.0.0.1:8080 &
//! curl http://127.0.0.1:8080/
//! curl --data 'to be shouted' http://127.0.0.1:8080/upper
//! ```
#![forbid(unsafe_code)]

mod common;
#[path = "common/hyper_io.rs"]
mod hyper_io;
#[path = "common/hyper_timer.rs"]
mod hyper_timer;

use std::net::TcpStream;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use wakeful_reactor::Async;

use hyper_io::HyperIo;
use hyper_timer::HyperTimer;

/// The longest body that is accepted, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// A client that has not sent the head of its request by then is sent away.
const HEAD: Duration = Duration::from_secs(2);

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, Bytes::from("hello from wakeful\n")),
        (&Method::POST, "/upper") => {
            match Limited::new(request.into_body(), LONGEST_BODY).collect().await {
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
    http1::Builder::new()
        .timer(HyperTimer)
        .header_read_timeout(HEAD)
        .serve_connection(HyperIo(stream), service_fn(answer))
        .await?;
    Ok(())
}

fn main() -> common::Served {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    common::serve(&address, connection)
}
