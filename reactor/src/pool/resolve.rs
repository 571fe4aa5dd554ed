//! Host names to addresses.
//!
//! The system's resolver (`getaddrinfo`) blocks and has no other form that works everywhere, so it
//! runs on the pool of [`unblock`](crate::unblock). It follows the machine's own rules: its hosts
//! file, its search domains, its order of addresses. This is no DNS client.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::unblock::shared;
use crate::error::context;

/// Resolves `host:port` to its addresses, in the order in which they should be tried.
///
/// The host is a name (`example.com:80`), an IPv4 address (`127.0.0.1:80`), or an IPv6 address in
/// brackets (`[::1]:80`). An address is given back at once and costs no thread.
///
/// # Errors
///
/// An `io::Error` that names the host: `InvalidInput` if the port is missing or no number, and what
/// the system says if it does not know the name, has no address of it, or cannot ask. The system
/// gives no code that distinguishes these.
///
/// # Cancellation
///
/// Dropping the future gives the lookup up. One that has not begun never runs. One that has begun
/// keeps a thread of the pool until the resolver's own timeout, often 5 to 10 seconds.
///
/// # Examples
///
/// ```
/// # wakeful_reactor::block_on(async {
/// let addresses = wakeful_reactor::resolve("localhost:8080").await?;
/// assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 8080));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub async fn resolve(host: impl Into<String>) -> io::Result<Vec<SocketAddr>> {
    let host = host.into();
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let name = host.clone();
    let job = match shared().run(move || Ok(name.to_socket_addrs()?.collect::<Vec<_>>())) {
        Ok(job) => job,
        Err(refused) => return Err(failed(&host, io::Error::other(refused.to_string()))),
    };
    match job.await {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(failed(&host, error)),
        Err(panicked) => Err(failed(&host, io::Error::other(panicked))),
    }
}

fn failed(host: &str, error: io::Error) -> io::Error {
    context(format_args!("resolving {host:?}"), error)
}
