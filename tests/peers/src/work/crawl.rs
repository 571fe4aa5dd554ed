//! Fetch `count` pages of 14 KB over fresh connections, `size` at a time, from a site in another
//! process. The floor is one blocking page after the other.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use super::{Found, Outcome, Place, take};
use crate::backend::{Countdown, Net};
use crate::backends;
use crate::probe::{Mark, Span};
use crate::wire::site::{PAGE_BYTES, REQUEST};
use crate::with_backend;

/// The site's address is in this variable of the environment.
pub const SITE: &str = "PEERS_SITE";

pub fn on(backend: &str, size: usize, count: usize) -> Found {
    let site = std::env::var(SITE).map_err(|_| format!("{SITE} is not set"))?;
    let site = site.parse().map_err(|_| format!("{site} is no address"))?;
    let span = match backend {
        "floor" => blocking(site, count).map_err(|error| error.to_string()),
        _ => with_backend!(backend, [
            "wakeful" => backends::wakeful::Wakeful<17408, 10_000>,
            "tokio" => backends::tokio::Tokio,
            "smol" => backends::smol::Smol,
        ], run(site, size, count)),
    }?;
    Ok(Outcome::each(span, count))
}

fn run<N: Net>(site: SocketAddr, size: usize, count: usize) -> Result<Span, String> {
    let found = Place::default();
    let place = found.clone();
    N::run(|net| async move {
        let left = Rc::new(Cell::new(count));
        Countdown::set(size);
        let start = Mark::now();
        let fetcher = net.clone();
        net.start(size, |_| {
            let (net, left) = (fetcher.clone(), Rc::clone(&left));
            async move {
                while let Some(rest) = left.get().checked_sub(1) {
                    left.set(rest);
                    let length = fetch(&net, site).await.expect("the site answers");
                    assert!(length > PAGE_BYTES, "a page came whole");
                }
                Countdown::done();
            }
        });
        Countdown::over().await;
        place.set(Some(Mark::now().since(start)));
    });
    take(&found)
}

async fn fetch<N: Net>(net: &N, site: SocketAddr) -> io::Result<usize> {
    let mut stream = net.connect(site).await?;
    N::write_all(&mut stream, REQUEST).await?;
    let mut buffer = [0; 16 * 1024];
    let mut length = 0;
    loop {
        match N::read(&mut stream, &mut buffer).await? {
            0 => return Ok(length),
            more => length += more,
        }
    }
}

fn blocking(site: SocketAddr, count: usize) -> io::Result<Span> {
    let start = Mark::now();
    let mut buffer = [0; 16 * 1024];
    for _ in 0..count {
        let mut stream = TcpStream::connect(site)?;
        stream.write_all(REQUEST)?;
        let mut length = 0;
        loop {
            match stream.read(&mut buffer)? {
                0 => break,
                more => length += more,
            }
        }
        assert!(length > PAGE_BYTES, "a page came whole");
    }
    Ok(Mark::now().since(start))
}
