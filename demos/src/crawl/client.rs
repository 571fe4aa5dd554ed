//! The client: one request, one response, on a connection that is new or kept from before.
//!
//! What it knows of each server it keeps in one place, `Server`: its addresses and the
//! connections that wait for another request. It knows nothing of pages that lead to others.

use super::failure::Failure;
use super::frontier::{Origin, origin};
use super::furture::named;
use super::response::{Limits, Reader, Response};
use super::tls::Connector;
use super::url::Url;
use super::wire::Wire;
use super::{PIECE, descriptors, fault::Fault};
use futures_lite::{AsyncRead, AsyncWriteExt};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;
use wakeful_executor::sync::Mutex;
use wakeful_reactor::{sleep, timeout};

/// How the crawler names itself.
pub const AGENT: &str = concat!("wakeful/", env!("CARGO_PKG_VERSION"));
/// How long to wait for a free file descriptor before looking again.
const SHORTAGE: Duration = Duration::from_millis(20);

thread_local! {
    /// What is read goes through here: a connection that waits holds no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// What a client is told.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What a server may say.
    pub limits: Limits,
    /// Most bytes of the bodies that are being read, of all pages together.
    pub memory: usize,
    /// For a connection to each address of a server.
    pub connect_timeout: Duration,
    /// Connections that are kept for another request.
    pub kept_per_server: usize,
}

/// Makes requests, for any number of tasks of one thread.
pub struct Client {
    settings: Settings,
    connector: Connector,
    servers: RefCell<HashMap<Origin, Rc<Server>>>,
    open: Rc<Cell<usize>>,
    short: Cell<u64>,
    held: Cell<usize>,
}

/// What is known of one server.
struct Server {
    addresses: Mutex<Vec<SocketAddr>>,
    kept: RefCell<Vec<Connection>>,
}

impl Server {
    fn new() -> Self {
        Server {
            addresses: Mutex::new(Vec::new()),
            kept: RefCell::default(),
        }
    }
}

/// A connection, counted as long as it is open.
struct Connection {
    wire: Box<dyn Wire>,
    _open: Open,
}

struct Open(Rc<Cell<usize>>);

impl Open {
    fn new(count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Open(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Client {
    /// A client without connections.
    pub fn new(settings: Settings, connector: Connector) -> Self {
        let (servers, open) = (RefCell::default(), Rc::default());
        let (short, held) = (Cell::new(0), Cell::new(0));
        Client {
            settings,
            connector,
            servers,
            open,
            short,
            held,
        }
    }

    /// Connections open now, the kept ones included.
    pub fn open(&self) -> usize {
        self.open.get()
    }

    /// How often there was no file descriptor for a connection.
    pub fn shortages(&self) -> u64 {
        self.short.get()
    }

    /// The response to a `GET` for `url`.
    ///
    /// # Cancellation
    /// The connection is closed.
    pub async fn get(&self, url: &Url) -> Result<Response, Failure> {
        let server = self.server(url);
        // A kept connection may have been closed by the server meanwhile. That shows only when it
        // is used, and is no failure of the page: a new one is tried.
        let kept = server.kept.borrow_mut().pop();
        if let Some(mut connection) = kept {
            match self.exchange(&mut connection, url).await {
                Err(failure) if was_closed(&failure) => {}
                other => return self.keep(&server, connection, other),
            }
        }
        let mut connection = self.connect(&server, url).await?;
        let result = self.exchange(&mut connection, url).await;
        self.keep(&server, connection, result)
    }

    fn server(&self, url: &Url) -> Rc<Server> {
        self.servers
            .borrow_mut()
            .entry(origin(url))
            .or_insert_with(|| Rc::new(Server::new()))
            .clone()
    }

    fn keep(
        &self,
        server: &Server,
        connection: Connection,
        result: Result<Response, Failure>,
    ) -> Result<Response, Failure> {
        let mut kept = server.kept.borrow_mut();
        if result.as_ref().is_ok_and(|response| response.reusable)
            && kept.len() < self.settings.kept_per_server
        {
            kept.push(connection);
        }
        result
    }

    async fn connect(&self, server: &Server, url: &Url) -> Result<Connection, Failure> {
        let addresses = self.addresses(server, url).await?;
        let mut last = Failure::Resolve(io::Error::other("the name has no address"));
        for address in addresses {
            let attempt = self.connect_to(address, url);
            match timeout(self.settings.connect_timeout, attempt).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(failure)) => last = failure,
                Err(_) => last = Failure::ConnectTimeout(self.settings.connect_timeout),
            }
        }
        Err(last)
    }

    async fn addresses(&self, server: &Server, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
        // The lock makes the other pages of this server wait for the first one's answer.
        let mut addresses = server.addresses.lock().await;
        if addresses.is_empty() {
            *addresses = match url.host.parse() {
                Ok(address) => vec![SocketAddr::new(address, url.port)],
                Err(_) => {
                    let name = format!("{}:{}", url.host, url.port);
                    let found = named("its address", wakeful_reactor::resolve(name)).await;
                    found.map_err(Failure::Resolve)?
                }
            };
        }
        Ok(addresses.clone())
    }

    /// Connects, and waits as long as there is no file descriptor, if others will be given back.
    async fn connect_to(&self, address: SocketAddr, url: &Url) -> Result<Connection, Failure> {
        loop {
            let open = Open::new(&self.open);
            match self.connector.connect(address, url).await {
                Ok(wire) => return Ok(Connection { wire, _open: open }),
                Err(Failure::Connect(error)) if descriptors::are_out(&error) => {
                    drop(open);
                    self.short.set(self.short.get() + 1);
                    let freed = self.close_kept();
                    if self.open.get() == 0 && !freed {
                        return Err(Failure::Connect(error));
                    }
                    if !freed {
                        sleep(SHORTAGE).await;
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Closes the connections that wait for a request. `true` if there was one.
    fn close_kept(&self) -> bool {
        let before = self.open.get();
        self.servers
            .borrow()
            .values()
            .for_each(|server| server.kept.borrow_mut().clear());
        self.open.get() < before
    }

    async fn exchange(&self, connection: &mut Connection, url: &Url) -> Result<Response, Failure> {
        let wire = &mut connection.wire;
        let request = request(url);
        let sent = async {
            wire.write_all(request.as_bytes()).await?;
            wire.flush().await
        };
        named("room to send", sent).await.map_err(Failure::Send)?;
        let mut reader = Reader::new(self.settings.limits);
        let mut held = Held {
            total: &self.held,
            mine: 0,
        };
        while !reader.is_complete() {
            let what = if reader.head().is_some() {
                "the rest"
            } else {
                "the answer"
            };
            let pushed = named(
                what,
                poll_fn(|cx| {
                    BUFFER.with_borrow_mut(|buffer| {
                        let read = Pin::new(&mut *wire).poll_read(cx, buffer);
                        let count = ready!(read).map_err(Failure::Receive)?;
                        // More bytes than the response are no part of another: nothing else was
                        // asked.
                        let taken = reader.push(&buffer[..count])?;
                        Poll::Ready(Ok::<_, Failure>((count, taken)))
                    })
                }),
            );
            let (count, taken) = pushed.await?;
            if count == 0 {
                break;
            }
            if !held.is_within(reader.body_len(), self.settings.memory) {
                return Err(Failure::Memory(self.settings.memory));
            }
            if taken < count {
                return Ok(Response {
                    reusable: false,
                    ..reader.finish()?
                });
            }
        }
        Ok(reader.finish()?)
    }
}

/// One page's part of the bytes that are held.
struct Held<'a> {
    total: &'a Cell<usize>,
    mine: usize,
}

impl Held<'_> {
    /// This page holds so many bytes now; whether all together are within the limit.
    fn is_within(&mut self, bytes: usize, limit: usize) -> bool {
        self.total.set(self.total.get() - self.mine + bytes);
        self.mine = bytes;
        self.total.get() <= limit
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.total.set(self.total.get() - self.mine);
    }
}

fn request(url: &Url) -> String {
    let (target, authority) = (&url.target, url.authority());
    format!(
        "GET {target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\n\
         Accept-Encoding: gzip\r\n\r\n"
    )
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
