//! The client: one request, one response, on a connection that is new or kept from before.
//!
//! What it knows of each server it keeps in one place, `Server`: its addresses, the connections
//! that wait for another request, and when the next may be made. It knows nothing of pages that
//! lead to others. [`exchange`] is the protocol alone, on anything that carries bytes both ways.

use super::PIECE;
use super::descriptors;
use super::failure::Failure;
use super::fault::Fault;
use super::ration::{Memory, Ration};
use super::response::{Limits, Reader, Response};
use super::tls::Connector;
use super::url::Url;
use super::wire::Wire;
use crate::timeline::waiting_for;
use futures_lite::{AsyncRead, AsyncWrite, AsyncWriteExt};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};
use wakeful_executor::sync::{Mutex, Semaphore};
use wakeful_reactor::{Timer, timeout};

/// How the crawler names itself.
pub const AGENT: &str = concat!("wakeful/", env!("CARGO_PKG_VERSION"));

thread_local! {
    /// What is read goes through here: a connection that waits holds no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// What a client is told.
#[derive(Clone)]
pub struct Settings {
    /// What a server may say.
    pub limits: Limits,
    /// What the bodies under way are counted in.
    pub memory: Rc<Memory>,
    /// For a whole page.
    pub patience: Duration,
    /// For a connection to each address of a server.
    pub connect_timeout: Duration,
    /// Connections that are kept for another request.
    pub kept_per_server: usize,
    /// The fields of every request, each with its line's end.
    pub fields: String,
}

/// Makes requests, for any number of tasks of one thread.
pub struct Client {
    /// What it was told.
    pub settings: Settings,
    connector: Connector,
    servers: RefCell<HashMap<String, Rc<Server>>>,
    /// Descriptors for connections.
    free: Rc<Semaphore>,
    most: usize,
    /// Whether a page had to wait for one, and whether that was told.
    was_short: Cell<bool>,
    was_told: Cell<bool>,
}

/// What is known of one server.
struct Server {
    /// Where it is, or why that is not known, once it has been asked.
    addresses: Mutex<Option<Result<Vec<SocketAddr>, String>>>,
    kept: RefCell<Vec<Connection>>,
    /// When the next request may be made.
    next: Cell<Option<Instant>>,
}

impl Server {
    fn new() -> Rc<Self> {
        Rc::new(Server {
            addresses: Mutex::new(None),
            kept: RefCell::default(),
            next: Cell::default(),
        })
    }
}

/// A connection, and its descriptor.
struct Connection {
    wire: Box<dyn Wire>,
    _descriptor: Descriptor,
}

struct Descriptor(Rc<Semaphore>);

impl Drop for Descriptor {
    fn drop(&mut self) {
        self.0.release(1);
    }
}

impl Client {
    /// A client without connections.
    pub fn new(settings: Settings, connector: Connector) -> Self {
        let most = descriptors::for_connections();
        Client {
            settings,
            connector,
            servers: RefCell::default(),
            free: Rc::new(Semaphore::new(most)),
            most,
            was_short: Cell::default(),
            was_told: Cell::default(),
        }
    }

    /// How many connections there can be at once, if a page had to wait for one. Said once.
    pub fn shortage(&self) -> Option<usize> {
        (self.was_short.get() && !self.was_told.replace(true)).then_some(self.most)
    }

    /// Waits until the next request to the server of `url` may be made, and lets `delay` pass
    /// before the one after it.
    pub async fn turn(&self, url: &Url, delay: Duration) {
        let server = self.server(url);
        let now = Instant::now();
        let at = server.next.get().map_or(now, |next| next.max(now));
        server.next.set(at.checked_add(delay));
        if at > now {
            Timer::at(at).await;
        }
    }

    /// Nothing is asked of the server of `url` for so long.
    pub fn pause(&self, url: &Url, time: Duration) {
        let server = self.server(url);
        server.next.set(server.next.get().max(Instant::now().checked_add(time)));
    }

    /// The response to a `GET` for `url`.
    ///
    /// # Cancellation
    /// The connection is closed.
    pub async fn get(&self, url: &Url, ration: &Ration) -> Result<Response, Failure> {
        let server = self.server(url);
        let (request, limits) = (self.request(url), self.settings.limits);
        // A kept connection may have been closed by the server meanwhile, even with a word of
        // farewell. That is no failure of the page: a new one is tried.
        let quiet = || loop {
            let mut connection = server.kept.borrow_mut().pop()?;
            if connection.wire.is_quiet() {
                return Some(connection);
            }
        };
        let kept = quiet();
        if let Some(mut connection) = kept {
            match exchange(&mut connection.wire, &request, limits, Some(ration)).await {
                Err(failure) if was_closed(&failure) => {}
                Ok(response) if response.head.status == 408 => {}
                other => return self.keep(&server, connection, other),
            }
        }
        let mut connection = self.connect(&server, url, ration).await?;
        let result = exchange(&mut connection.wire, &request, limits, Some(ration)).await;
        self.keep(&server, connection, result)
    }

    fn request(&self, url: &Url) -> String {
        let (target, authority, fields) = (url.target(), url.authority(), &self.settings.fields);
        format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n")
    }

    fn server(&self, url: &Url) -> Rc<Server> {
        let mut servers = self.servers.borrow_mut();
        match servers.get(url.origin()) {
            Some(server) => server.clone(),
            None => servers.entry(url.origin().to_string()).or_insert_with(Server::new).clone(),
        }
    }

    fn keep(
        &self,
        server: &Server,
        connection: Connection,
        result: Result<Response, Failure>,
    ) -> Result<Response, Failure> {
        let mut kept = server.kept.borrow_mut();
        // Without a free descriptor, another page may be waiting for this one.
        if result.as_ref().is_ok_and(|response| response.reusable)
            && kept.len() < self.settings.kept_per_server
            && self.free.available() > 0
        {
            kept.push(connection);
        }
        result
    }

    /// A descriptor, sooner or later.
    async fn descriptor(&self, ration: &Ration) -> Descriptor {
        let permit = match self.free.try_acquire(1) {
            Some(permit) => permit,
            None => {
                self.was_short.set(true);
                for server in self.servers.borrow().values() {
                    server.kept.borrow_mut().clear();
                }
                ration.turn(self.free.acquire()).await
            }
        };
        permit.forget();
        Descriptor(self.free.clone())
    }

    async fn connect(
        &self,
        server: &Server,
        url: &Url,
        ration: &Ration,
    ) -> Result<Connection, Failure> {
        let descriptor = self.descriptor(ration).await;
        let addresses = self.addresses(server, url).await?;
        let mut last = Failure::Resolve("the name has no address".to_string());
        for address in addresses {
            let attempt = self.connector.connect(address, url);
            match timeout(self.settings.connect_timeout, attempt).await {
                Ok(Ok(wire)) => {
                    return Ok(Connection { wire, _descriptor: descriptor });
                }
                Ok(Err(failure)) => last = failure,
                Err(_) => last = Failure::ConnectTimeout(self.settings.connect_timeout),
            }
        }
        Err(last)
    }

    /// The addresses of a server. To ask for them takes a descriptor, which the caller has.
    async fn addresses(&self, server: &Server, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
        if let Some(address) = url.address() {
            return Ok(vec![SocketAddr::new(address, url.port())]);
        }
        // The lock makes the other pages of this server wait for the first one's answer.
        let mut addresses = server.addresses.lock().await;
        if addresses.is_none() {
            let name = format!("{}:{}", url.host(), url.port());
            let found = wakeful_reactor::resolve(name).await;
            *addresses = Some(found.map_err(|why| why.to_string()));
        }
        let found = addresses.clone().unwrap_or_else(|| Ok(Vec::new()));
        found.map_err(Failure::Resolve)
    }
}

/// Sends a request and reads its response, within what a page may use.
///
/// # Cancellation
/// The connection is of no further use.
pub async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &str,
    limits: Limits,
    ration: Option<&Ration>,
) -> Result<Response, Failure> {
    waiting_for("room to send");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.map_err(Failure::Send)?;
    stream.flush().await.map_err(Failure::Send)?;
    let mut reader = Reader::new(limits);
    while !reader.is_complete() {
        waiting_for(match reader.head() {
            Some(_) => "the rest",
            None => "the answer",
        });
        let (count, taken) = poll_fn(|cx| {
            BUFFER.with_borrow_mut(|buffer| {
                let read = Pin::new(&mut *stream).poll_read(cx, buffer);
                let count = ready!(read).map_err(Failure::Receive)?;
                Poll::Ready(Ok::<_, Failure>((count, reader.push(&buffer[..count])?)))
            })
        })
        .await?;
        if count == 0 {
            break;
        }
        if let Some(ration) = ration {
            ration.hold(reader.body_len()).await;
        }
        // Nothing else was asked, so more bytes than the response are no part of another.
        if taken < count {
            return Ok(Response { reusable: false, ..reader.finish()? });
        }
    }
    Ok(reader.finish()?)
}

/// Whether the connection ended before the server had said a byte.
fn was_closed(failure: &Failure) -> bool {
    match failure {
        Failure::Send(_) | Failure::Response(Fault::NoHead { got: 0 }) => true,
        Failure::Receive(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}
