//! Connections, encrypted where the URL says so: rustls over the reactor's sockets.
//!
//! The roots of trust are the system's, or those of a file in their place. The system's are read
//! when the first encrypted connection needs them: a crawl without any does not pay for them.

use super::failure::{Failure, Fetch};
use super::url::Url;
use super::wire::Wire;
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, ServerName};
use futures_rustls::rustls::{ClientConfig, RootCertStore};
use std::cell::OnceCell;
use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use wakeful_reactor::Async;

pub struct Connector {
    /// Made when first needed; the text is why it cannot be.
    tls: OnceCell<Result<TlsConnector, String>>,
}

impl Connector {
    /// A connector that trusts the roots in the PEM file `roots`, or else the system's.
    pub fn new(roots: Option<&PathBuf>) -> io::Result<Self> {
        let tls = OnceCell::new();
        if let Some(path) = roots {
            let why = |error: Box<dyn Error>| {
                io::Error::other(format!("roots {}: {error}", path.display()))
            };
            let given = given_roots(path).map_err(why)?;
            // The cell is new, so it is not full.
            let _ = tls.set(Ok(connector(given)));
        }
        Ok(Connector { tls })
    }

    /// A connection to the server of `url` at `address`.
    pub async fn connect(&self, address: SocketAddr, url: &Url) -> Fetch<Box<dyn Wire>> {
        let socket = Async::<TcpStream>::connect(address).await.map_err(Failure::Connect)?;
        if !url.is_secure() {
            return Ok(Box::new(socket));
        }
        let tls = self.tls.get_or_init(|| system_roots().map(connector));
        let tls = tls.as_ref().map_err(|why| Failure::Tls(why.clone()))?;
        let name = match url.address() {
            Some(address) => ServerName::from(address),
            None => ServerName::try_from(url.host().to_string())
                .map_err(|_| Failure::Tls(format!("{:?} is no server's name", url.host())))?,
        };
        // On the heap: the handshake is large and over soon, the task's slot stays small.
        let stream = Box::pin(tls.connect(name, socket)).await;
        Ok(Box::new(stream.map_err(|why| Failure::Tls(why.to_string()))?))
    }
}

impl Wire for TlsStream<Async<TcpStream>> {
    fn socket(&self) -> &Async<TcpStream> {
        self.get_ref().0
    }
}

fn connector(roots: RootCertStore) -> TlsConnector {
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn given_roots(path: &PathBuf) -> Result<RootCertStore, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err("no certificate in it".into()) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A certificate that rustls cannot use is none; the others still are.
    let (added, _) = roots.add_parsable_certificates(found.certs);
    match (added, found.errors.first()) {
        (0, Some(why)) => Err(format!("the system's roots of trust: {why}")),
        (0, None) => Err("the system has no roots of trust; name a file with --ca".to_string()),
        _ => Ok(roots),
    }
}
