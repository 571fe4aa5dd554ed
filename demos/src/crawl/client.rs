//! The client: one request, one response, on a connection that is new or kept from before.
//!
//! What it knows of each server it keeps in one place, `Server`: its addresses, the connections
//! that wait for another request, and when the next may be made. It knows nothing of pages that
//! lead to others. [`exchange`] is the protocol alone, on anything that carries bytes both ways.

use super::failure::{Failure, Fault, Fetch};
use super::options::Options;
use super::ration::{Memory, Ration};
use super::response::{Limits, Reader, Response};
use super::robots::Rules;
use super::tls::Connector;
use super::url::Url;
use super::wire::Wire;
use crate::system;
use crate::timeline::waiting_for;
use futures_lite::{AsyncRead, AsyncWrite, AsyncWriteExt};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};
use wakeful_executor::sync::{Mutex, Semaphore};
use wakeful_reactor::{Timer, timeout};

/// Bytes asked of a connection at once.
const PIECE: usize = 16 * 1024;

thread_local! {
    /// What is read goes through here: a connection that waits holds no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// Makes requests, for any number of tasks of one thread.
pub struct Client {
    pub options: Rc<Options>,
    memory: Rc<Memory>,
    /// The fields of every request, each with its line's end.
    fields: String,
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
pub struct Server {
    /// Where it is, or why that is not known.
    addresses: Asked<Result<Vec<SocketAddr>, String>>,
    /// What it allows, or why that is not known: the kind of the failure, and its line.
    pub rules: Asked<Result<Arc<Rules>, (&'static str, String)>>,
    kept: RefCell<Vec<Connection>>,
    /// When the next request may be made.
    next: Cell<Option<Instant>>,
}

/// What a server was asked once.
type Asked<T> = Mutex<Option<T>>;

/// The answer, or else what `ask` gives. Who needs it meanwhile waits for it.
///
/// # Cancellation
/// The next who needs the answer will ask.
pub async fn once<T: Clone>(asked: &Asked<T>, ask: impl Future<Output = T>) -> T {
    let mut answer = asked.lock().await;
    match &*answer {
        Some(answer) => answer.clone(),
        None => answer.insert(ask.await).clone(),
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
    pub fn new(options: Rc<Options>) -> io::Result<Self> {
        let most = system::connections();
        Ok(Client {
            memory: Rc::new(Memory::new(options.max_memory)),
            fields: options.fields(),
            connector: Connector::new(options.ca.as_ref())?,
            options,
            servers: RefCell::default(),
            free: Rc::new(Semaphore::new(most)),
            most,
            was_short: Cell::default(),
            was_told: Cell::default(),
        })
    }

    pub fn ration(&self) -> Ration {
        Ration::new(self.memory.clone(), self.options.timeout)
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

    /// The response to a `GET` for `url`, in the time that is left after what was `spent`.
    pub async fn get(&self, url: &Url, ration: &Ration, spent: Duration) -> Fetch<Response> {
        ration.within(spent, self.ask(url, ration)).await
    }

    async fn ask(&self, url: &Url, ration: &Ration) -> Fetch<Response> {
        let (server, limits) = (self.server(url), self.options.limits());
        let (target, authority, fields) = (url.target(), url.authority(), &self.fields);
        let request = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n");
        let quiet = || loop {
            let mut connection = server.kept.borrow_mut().pop()?;
            if connection.wire.is_quiet() {
                return Some(connection);
            }
        };
        let mut kept = quiet();
        loop {
            let is_kept = kept.is_some();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => self.connect(&server, url, ration).await?,
            };
            let result = exchange(&mut connection.wire, &request, limits, Some(ration)).await;
            // A kept connection may have been closed by the server meanwhile, even with a word of
            // farewell. That is no failure of the page: a new one is tried.
            if is_kept && was_closed(&result) {
                continue;
            }
            // Without a free descriptor, another page may be waiting for this one.
            let reusable = result.as_ref().is_ok_and(|response| response.reusable);
            let mut kept = server.kept.borrow_mut();
            if reusable && kept.len() < self.options.per_host as usize && self.free.available() > 0
            {
                kept.push(connection);
            }
            return result;
        }
    }

    pub fn server(&self, url: &Url) -> Rc<Server> {
        let mut servers = self.servers.borrow_mut();
        let server = servers.entry(url.origin().to_string()).or_insert_with(|| {
            let (addresses, rules) = (Mutex::new(None), Mutex::new(None));
            let (kept, next) = Default::default();
            Rc::new(Server { addresses, rules, kept, next })
        });
        server.clone()
    }

    async fn connect(&self, server: &Server, url: &Url, ration: &Ration) -> Fetch<Connection> {
        if self.free.available() == 0 {
            self.was_short.set(true);
            self.servers.borrow().values().for_each(|server| server.kept.borrow_mut().clear());
        }
        let permit = match self.free.try_acquire(1) {
            Some(permit) => permit,
            None => ration.turn(self.free.acquire()).await,
        };
        permit.forget();
        let descriptor = Descriptor(self.free.clone());
        let addresses = self.addresses(server, url).await?;
        let mut last = Failure::Resolve("the name has no address".to_string());
        for address in addresses {
            let attempt = self.connector.connect(address, url);
            match timeout(self.options.connect_timeout, attempt).await {
                Ok(Ok(wire)) => return Ok(Connection { wire, _descriptor: descriptor }),
                Ok(Err(failure)) => last = failure,
                Err(_) => last = Failure::ConnectTimeout(self.options.connect_timeout),
            }
        }
        Err(last)
    }

    /// The addresses of a server. To ask for them takes a descriptor, which the caller has.
    async fn addresses(&self, server: &Server, url: &Url) -> Fetch<Vec<SocketAddr>> {
        if let Some(address) = url.address() {
            return Ok(vec![SocketAddr::new(address, url.port())]);
        }
        let name = format!("{}:{}", url.host(), url.port());
        let ask = async { wakeful_reactor::resolve(name).await.map_err(|why| why.to_string()) };
        once(&server.addresses, ask).await.map_err(Failure::Resolve)
    }
}

/// Sends a request and reads its response, within what a page may use.
pub async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &str,
    limits: Limits,
    ration: Option<&Ration>,
) -> Fetch<Response> {
    waiting_for("room to send");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.map_err(Failure::Send)?;
    stream.flush().await.map_err(Failure::Send)?;
    let mut reader = Reader::new(limits);
    while !reader.is_complete() {
        waiting_for(if reader.has_head() { "the rest" } else { "the answer" });
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

/// Whether the connection ended before the server had answered.
fn was_closed(result: &Fetch<Response>) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    match result {
        Ok(response) => response.head.status == 408,
        Err(Failure::Send(_) | Failure::Response(Fault::NoHead { got: 0 })) => true,
        Err(Failure::Receive(error)) => {
            matches!(error.kind(), ConnectionReset | ConnectionAborted | UnexpectedEof)
        }
        Err(_) => false,
    }
}
