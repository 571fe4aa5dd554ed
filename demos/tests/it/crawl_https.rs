//! `wakeful crawl` on encrypted connections, against a server that is rustls on wakeful itself.
//!
//! Built with the feature `https` it must fetch, and refuse what it cannot trust; without, it must
//! say in words what is missing.

use crate::program::{err, out, wakeful};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::TlsAcceptor;
use futures_rustls::pki_types::PrivateKeyDer;
use futures_rustls::rustls::ServerConfig;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wakeful_reactor::{Async, block_on};

/// Serves the same page on every connection until it is closed, one connection after another.
fn serve(listener: TcpListener, acceptor: &TlsAcceptor, count: &AtomicUsize) -> io::Result<()> {
    block_on(async {
        let listener = Async::new(listener)?;
        loop {
            let (socket, _) = listener.accept().await?;
            count.fetch_add(1, Ordering::SeqCst);
            // A client that does not trust us leaves during the handshake.
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut head = Vec::new();
            let mut byte = [0];
            while stream.read(&mut byte).await.is_ok_and(|count| count > 0) {
                head.push(byte[0]);
                if head.ends_with(b"\r\n\r\n") {
                    head.clear();
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14";
                    let response = format!("{head}\r\n\r\n<a href=/next>");
                    stream.write_all(response.as_bytes()).await?;
                    stream.flush().await?;
                }
            }
        }
    })
}

/// A server whose certificate, which is in the file, is for `localhost` alone; how many connections
/// it had.
fn server(name: &str) -> (SocketAddr, PathBuf, Arc<AtomicUsize>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let file = format!("wakeful-crawl-{name}-{}.pem", std::process::id());
    let file = std::env::temp_dir().join(file);
    std::fs::write(&file, made.cert.pem()).expect("written");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || serve(listener, &acceptor, &counted));
    (addr, file, count)
}

fn crawl(url: &str, more: &[&str]) -> (Option<i32>, String) {
    let args = ["crawl", "--no-robots", "--per-host", "1", url];
    let output = wakeful(args.iter().chain(more));
    (output.status.code(), format!("{}{}", out(&output), err(&output)))
}

#[test]
#[cfg(feature = "https")]
fn a_page_comes_from_a_server_whose_root_is_given_and_from_no_other() {
    let (addr, root, count) = server("trusted");
    let ca = ["--ca", root.to_str().expect("a plain path")];
    let url = format!("https://localhost:{}/", addr.port());

    let (code, text) = crawl(&url, &[ca[0], ca[1], "-d", "0", &format!("{url}again")]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches("200        14 B").count(), 2, "{text}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "the connection is kept");

    let (code, text) = crawl(&url, &[]);
    assert_eq!(code, Some(1));
    assert!(text.contains("no secure connection: "), "{text}");
    assert!(text.ends_with("1 failed: 1 tls\n"), "{text}");

    // The right root, but the certificate is for another name.
    let (code, text) = crawl(&format!("https://{addr}/"), &ca);
    assert_eq!(code, Some(1));
    assert!(text.contains("no secure connection: invalid peer certificate"), "{text}");

    std::fs::remove_file(root).expect("removed");
}

#[test]
#[cfg(all(feature = "https", unix))]
fn a_start_without_encryption_that_is_redirected_goes_on_encrypted() {
    let (addr, root, _) = server("redirected");
    let secure = format!("https://localhost:{}/", addr.port());
    let target = secure.clone();
    let plain = crate::server::Server::start(move |stream, _, _| {
        let head = "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: ";
        crate::server::say(stream, format!("{head}{target}\r\n\r\n"));
    });
    let ca = ["--ca", root.to_str().expect("a plain path")];
    let (code, text) = crawl(&plain.url("/"), &ca);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("{secure}  (asked for ")), "{text}");
    assert!(text.contains(&format!("{secure}next\n")), "{text}");
    std::fs::remove_file(root).expect("removed");
}

#[test]
#[cfg(feature = "https")]
fn roots_that_cannot_be_used_are_named() {
    let (code, text) = crawl("https://localhost/", &["--ca", "/nonexistent/root.pem"]);
    assert_eq!(code, Some(2));
    assert!(text.starts_with("wakeful: roots /nonexistent/root.pem: "), "{text}");
}

#[test]
#[cfg(not(feature = "https"))]
fn without_the_feature_an_https_page_fails_and_says_what_is_missing() {
    let (addr, root, _) = server("absent");
    let (code, text) = crawl(&format!("https://localhost:{}/", addr.port()), &[]);
    assert_eq!(code, Some(1));
    assert!(text.contains("no secure connection: this program was built without https"), "{text}");
    std::fs::remove_file(root).expect("removed");
}
