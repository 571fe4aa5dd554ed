//! hyper 1, unchanged, as a client on wakeful: two requests at once, each on a connection of its own.
//!
//! ```sh
//! cargo run -p wakeful-demos --example hyper_client -- http://localhost:8080/ http://localhost:8080/x
//! ```
#![forbid(unsafe_code)]

#[path = "common/hyper_io.rs"]
mod hyper_io;

use std::error::Error;
use std::net::TcpStream;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on, resolve, timeout};

use hyper_io::HyperIo;

/// The client's side of one connection, and hyper's work on it, are two tasks.
static EXECUTOR: Executor<32, 4096> = Executor::new();

const LONGEST: Duration = Duration::from_secs(30);
const LONGEST_BODY: usize = 16 << 20;

type Answer = Result<(u16, Bytes), Box<dyn Error + Send + Sync>>;

async fn get(local: LocalExecutor<4096>, url: String) -> Answer {
    let uri: Uri = url.parse()?;
    let host = uri.host().ok_or("the address has no host")?;
    let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
    let address = *resolve(address).await?.first().ok_or("the host has no address")?;
    let stream = Async::<TcpStream>::connect_timeout(address, LONGEST).await?;

    let (mut sender, connection) = http1::handshake(HyperIo(stream)).await?;
    // hyper moves the bytes in a future of its own. Its error is the request's error too.
    let driver = local.spawn(connection).map_err(|_| "no room for one more connection")?;
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, uri.authority().ok_or("the address has no host")?.as_str())
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LONGEST_BODY).collect().await?.to_bytes();
    drop(driver);
    Ok((status, body))
}

fn main() -> Result<(), Box<dyn Error>> {
    let local = EXECUTOR.take().ok_or("taken once")?;
    block_on(local.run_until(async {
        let mut answers = Vec::new();
        for url in std::env::args().skip(1) {
            let answer = timeout(LONGEST, get(local, url.clone()));
            let task = local.spawn(answer).map_err(|_| "too many addresses at once")?;
            answers.push((url, task));
        }
        let mut failed = false;
        for (url, task) in answers {
            match task.await {
                Ok(Ok((status, body))) => {
                    println!("{url}: {status}, {} bytes", body.len());
                    print!("{}", String::from_utf8_lossy(&body));
                }
                Ok(Err(error)) => {
                    failed = true;
                    println!("{url}: {error}");
                }
                Err(error) => {
                    failed = true;
                    println!("{url}: {error}");
                }
            }
        }
        if failed { Err("not every page came".into()) } else { Ok(()) }
    }))
}
