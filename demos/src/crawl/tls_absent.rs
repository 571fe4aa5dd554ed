//! The connections of a program that was built without the feature `https`.

use super::failure::{Failure, Fetch};
use super::url::Url;
use super::wire::Wire;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use wakeful_reactor::Async;

/// Connects, but never encrypts.
pub struct Connector;

impl Connector {
    /// A connector. Roots of trust need the feature `https`.
    pub fn new(roots: Option<&PathBuf>) -> io::Result<Self> {
        match roots {
            None => Ok(Connector),
            Some(_) => Err(io::Error::other(ABSENT)),
        }
    }

    pub async fn connect(&self, address: SocketAddr, url: &Url) -> Fetch<Box<dyn Wire>> {
        if url.is_secure() {
            return Err(Failure::Tls(ABSENT.to_string()));
        }
        Ok(Box::new(Async::<TcpStream>::connect(address).await.map_err(Failure::Connect)?))
    }
}

const ABSENT: &str =
    "this program was built without https (cargo build --release --features https)";
