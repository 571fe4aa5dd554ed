//! futures-rustls, unchanged, on wakeful: a server and a client that talk lines by TLS.
//!
//! The server makes a certificate for `localhost` and writes it where the client, or any other, can
//! read it. A client trusts that certificate and no other: against a server that has another one it
//! ends with an error before a byte of its own is sent.
//!
//! ```sh
//! cargo run -p wakeful-demos --example tls_echo -- server 127.0.0.1:8443 /tmp/cert.pem &
//! cargo run -p wakeful-demos --example tls_echo -- client 127.0.0.1:8443 /tmp/cert.pem 'hello'
//! ```
#![forbid(unsafe_code)]

mod common;

use std::error::Error;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use futures_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector};
use wakeful_reactor::{Async, block_on, timeout};

/// The longest line that is echoed, in bytes.
const LONGEST_LINE: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

fn server(address: &str, certificate_file: &str) -> common::Served {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(certificate_file, made.cert.pem())?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    common::serve(address, move |stream| echo(acceptor.clone(), stream))
}

/// Gives back each line, until the peer says that it has no more.
async fn echo(acceptor: TlsAcceptor, stream: Async<TcpStream>) -> common::Served {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    loop {
        let mut line = Vec::new();
        (&mut stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            stream.close().await?;
            return Ok(());
        }
        stream.get_mut().write_all(&line).await?;
        stream.get_mut().flush().await?;
    }
}

async fn client(
    address: &str,
    certificate_file: &str,
    line: &str,
) -> Result<String, Box<dyn Error>> {
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_file(certificate_file)?)?;
    let config = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));

    let address: SocketAddr = address.parse()?;
    let stream = Async::<TcpStream>::connect_timeout(address, PATIENCE).await?;
    let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
    stream.write_all(line.as_bytes()).await?;
    stream.write_all(b"\n").await?;
    stream.flush().await?;
    let mut stream = BufReader::new(stream);
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    stream.close().await?;
    Ok(answer)
}

fn main() -> common::Served {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["server", address, certificate] => server(address, certificate),
        ["client", address, certificate, line] => {
            let answer = block_on(timeout(PATIENCE, client(address, certificate, line)))??;
            print!("{answer}");
            Ok(())
        }
        _ => Err("tls_echo server ADDRESS CERTIFICATE, or client ADDRESS CERTIFICATE LINE".into()),
    }
}
