//! An echo over TLS with a throw-away certificate (tutorial S3's list of asyncio's parts: SSL).
//!
//! The idea: encryption is a layer, not a kind of socket. The reactor's stream speaks the common
//! `AsyncRead` and `AsyncWrite`, so a TLS library written for them (`futures-rustls`) goes on top,
//! on both sides. What it adds is trust: a client that does not know the certificate refuses to
//! talk.

use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt, AsyncWriteExt};
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use futures_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on};

pub static EXECUTOR: Executor<2, 8192> = Executor::new();

/// A certificate for "localhost" that vouches for itself, and its key.
fn throw_away() -> io::Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]);
    let made = made.map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    Ok((made.cert.der().clone(), key))
}

/// A client that trusts this certificate and no other.
fn client(trusted: CertificateDer<'static>) -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).map_err(io::Error::other)?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Serves one client after the other: a line comes in, the line goes back in capitals.
async fn serve(listener: Async<TcpListener>, acceptor: TlsAcceptor) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // A client that does not trust us is gone; the next one may.
        let Ok(stream) = acceptor.accept(stream).await else { continue };
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        stream.get_mut().write_all(line.to_uppercase().as_bytes()).await?;
        stream.get_mut().close().await?;
    }
}

async fn ask(addr: SocketAddr, connector: &TlsConnector) -> io::Result<String> {
    let stream = Async::<TcpStream>::connect(addr).await?;
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(b"hello\n").await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    Ok(answer)
}

/// Whether TLS ended the connection because nobody vouches for the server.
fn is_unknown(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    matches!(
        tls,
        Some(Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature
        ))
    )
}

pub fn run(local: LocalExecutor<8192>) -> io::Result<()> {
    let (certificate, key) = throw_away()?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .map_err(io::Error::other)?;
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.get_ref().local_addr()?;
    let server = serve(listener, TlsAcceptor::from(Arc::new(config)));
    let _server = local.spawn(server).expect("two slots");

    let (knows, other) = (client(certificate)?, client(throw_away()?.0)?);
    let clients = local.spawn(async move {
        println!("trusted: {:?}", ask(addr, &knows).await?);
        match ask(addr, &other).await {
            Err(error) if is_unknown(&error) => println!("unknown certificate: refused"),
            Err(error) => return Err(error),
            Ok(answer) => println!("a stranger was trusted: {answer:?}"),
        }
        Ok(())
    });
    block_on(local.run_until(clients.expect("two slots")))
}
