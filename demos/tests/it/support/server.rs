//! A server that behaves as badly as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Serves one request: the connection, the request's head, and which connection it is (from 0).
pub type Handler = dyn Fn(&mut TcpStream, &str, usize) + Send + Sync;

/// A server with a thread a connection, which lives as long as the test's process.
pub struct Server {
    pub addr: SocketAddr,
}

impl Server {
    /// Each request's head is given to `handler`; the connection stays open as long as the handler
    /// keeps it so, and another request comes.
    pub fn start(handler: impl Fn(&mut TcpStream, &str, usize) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("its address");
        let handler: Arc<Handler> = Arc::new(handler);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (Ok(mut stream), handler) = (stream, handler.clone()) else { continue };
                thread::spawn(move || {
                    while let Some(head) = request(&mut stream) {
                        handler(&mut stream, &head, number);
                    }
                });
            }
        });
        Server { addr }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}

fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    String::from_utf8(head).ok()
}

/// Writes, and does not mind that the client has left.
pub fn say(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    let _ = stream.write_all(bytes.as_ref());
}

/// A whole response with a body of this kind.
pub fn page(kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")
            .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
