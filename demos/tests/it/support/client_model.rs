//! The client against a server that answers by a script: shared by the ordinary tests and the fuzz
//! target.
//!
//! The bytes say how each request is answered: whole, cut into pieces, chunked, with another
//! response behind it, half, not at all. The server notes what it answered to which request on which
//! connection. From that alone [`check`] knows what the client must give: the page that was asked
//! for, or a failure; that it tries again once, and only on a new connection; and that a connection
//! is used again exactly if its last response was whole and nothing came behind it.

use futures_lite::future::yield_now;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;
use wakeful_demos::crawl::client::Client;
use wakeful_demos::crawl::failure::Failure;
use wakeful_demos::crawl::options::Options;
use wakeful_demos::crawl::response::Response;
use wakeful_demos::crawl::url::Url;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on, timeout};
use wakeful_tests::model::Choices;

/// Requests of a run.
const REQUESTS: usize = 4;
/// Against hangs only.
const SOON: Duration = Duration::from_secs(20);
/// A response that nobody asked for.
const WRONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong";

/// How a request is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The page, and the connection stays.
    Length,
    Chunked,
    Interim,
    /// The page, and the connection says that it ends, or ends without having said so.
    Close,
    Leave,
    UntilEnd,
    /// The page, and another response right behind it, or a little later.
    Behind,
    Later,
    /// No page.
    Nothing,
    Half,
    TimedOut,
    Garbage,
}

use Kind::*;

const KINDS: [Kind; 16] = [
    Length, Length, Length, Chunked, Chunked, Interim, Close, Leave, UntilEnd, Behind, Later,
    Nothing, Nothing, Half, TimedOut, Garbage,
];

impl Kind {
    /// Whether the connection may carry another request.
    fn keeps(self) -> bool {
        matches!(self, Length | Chunked | Interim)
    }

    /// Whether it is as if the server had gone before it saw the request.
    fn is_as_gone(self) -> bool {
        matches!(self, Nothing | TimedOut)
    }
}

/// An answer that was given.
#[derive(Clone, Copy, Debug)]
struct Given {
    request: usize,
    connection: usize,
    /// Whether the connection had carried another request before.
    is_kept: bool,
    kind: Kind,
}

struct Server {
    listener: Async<TcpListener>,
    bytes: RefCell<Vec<u8>>,
    given: RefCell<Vec<Given>>,
    /// Requests that are being answered.
    busy: Cell<usize>,
    /// Requests whose answers the client has got.
    got: Cell<usize>,
}

impl Server {
    /// The next byte of the script as a choice; 0 when it is over.
    fn pick(&self, many: usize) -> usize {
        let mut bytes = self.bytes.borrow_mut();
        let picked = Choices::new(&bytes).pick(many);
        bytes.drain(..picked.map_or(0, |_| 1));
        picked.unwrap_or(0)
    }

    async fn serve(self: Rc<Self>, local: LocalExecutor<BYTES>) -> io::Result<()> {
        for connection in 0.. {
            let (stream, _) = self.listener.accept().await?;
            let spawned = local.spawn(Box::pin(self.clone().talk(stream, connection)));
            spawned.expect("a slot for each connection").detach();
        }
        Ok(())
    }

    async fn talk(self: Rc<Self>, mut stream: Async<TcpStream>, connection: usize) {
        // A piece is not to wait for the last one to be acknowledged.
        let _ = stream.get_ref().set_nodelay(true);
        // A client that has gone is no failure of the server's.
        let _ = self.answer_all(&mut stream, connection).await;
    }

    async fn answer_all(&self, stream: &mut Async<TcpStream>, connection: usize) -> io::Result<()> {
        let mut is_kept = false;
        while let Some(request) = read_request(stream).await? {
            let script_is_over = self.bytes.borrow().is_empty();
            let kind = if script_is_over { Length } else { KINDS[self.pick(KINDS.len())] };
            self.given.borrow_mut().push(Given { request, connection, is_kept, kind });
            self.busy.set(self.busy.get() + 1);
            let said = self.say(stream, kind, request).await;
            if !kind.keeps() {
                let _ = stream.get_ref().shutdown(Shutdown::Write);
            }
            self.busy.set(self.busy.get() - 1);
            said?;
            is_kept = true;
            if !kind.keeps() {
                // What the client still says is not heard, but does not make this a reset.
                while stream.read(&mut [0; 64]).await? > 0 {}
                break;
            }
        }
        Ok(())
    }

    async fn say(
        &self,
        stream: &mut Async<TcpStream>,
        kind: Kind,
        request: usize,
    ) -> io::Result<()> {
        let page = format!("page {request}");
        let length = format!("Content-Length: {}\r\n", page.len());
        let ok = "HTTP/1.1 200 OK\r\n";
        let mut answer = match kind {
            Length | Leave | Behind | Later => format!("{ok}{length}\r\n{page}"),
            Close => format!("{ok}Connection: close\r\n{length}\r\n{page}"),
            Interim => format!("HTTP/1.1 103 Early Hints\r\n\r\n{ok}{length}\r\n{page}"),
            UntilEnd => format!("{ok}\r\n{page}"),
            Chunked => format!(
                "{ok}Transfer-Encoding: chunked\r\n\r\n4\r\npage\r\n2;x=y\r\n {request}\r\n0\r\nA: b\r\n\r\n"
            ),
            TimedOut => "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n".to_owned(),
            Half => format!("{ok}{length}\r\n{page}"),
            Nothing | Garbage => String::new(),
        }
        .into_bytes();
        match kind {
            Half => {
                let part = 1 + self.pick(answer.len() - 1);
                answer.truncate(part);
            }
            Garbage => answer.extend((0..self.pick(40)).map(|_| self.pick(256) as u8)),
            Behind => answer.extend(WRONG),
            _ => {}
        }
        while !answer.is_empty() {
            let piece = [usize::MAX, 1, 7, 30][self.pick(4)].min(answer.len());
            stream.write_all(&answer[..piece]).await?;
            answer.drain(..piece);
            for _ in 0..self.pick(3) {
                yield_now().await;
            }
        }
        if kind == Later {
            while self.got.get() <= request {
                yield_now().await;
            }
            stream.write_all(WRONG).await?;
        }
        Ok(())
    }
}

/// The number in the path of the next request; `None` at the end.
async fn read_request(stream: &mut Async<TcpStream>) -> io::Result<Option<usize>> {
    let mut head = Vec::new();
    let mut buffer = [0; 256];
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            assert!(head.is_empty(), "half a request");
            return Ok(None);
        }
        head.extend_from_slice(&buffer[..count]);
    }
    let number = head.iter().filter(|byte| byte.is_ascii_digit()).take(1);
    Ok(number.map(|digit| usize::from(digit - b'0')).next())
}

const BYTES: usize = 64;

thread_local! {
    static EXECUTOR: LocalExecutor<BYTES> =
        Executor::<{ 2 * REQUESTS + 1 }, BYTES>::leak().take().expect("it is new");
    static RUNS: Cell<u16> = const { Cell::new(0) };
    static RACES: Cell<Races> = const { Cell::new(Races { cases: 0, late: 0 }) };
}

/// Makes requests of a server that answers by `script`.
///
/// # Panics
/// When the client gives another page or failure than it must, or uses a connection that it must
/// not.
pub fn check(script: &[u8]) {
    // Each run on an address of its own: the ports of one would soon all be waiting.
    let run = RUNS.replace(RUNS.get().wrapping_add(1)).to_be_bytes();
    let address = match cfg!(target_os = "linux") {
        true => Ipv4Addr::new(127, 77, run[0], run[1]),
        false => Ipv4Addr::LOCALHOST,
    };
    let server = Rc::new(Server {
        listener: Async::<TcpListener>::bind((address, 0)).expect("a free port"),
        bytes: RefCell::new(script.to_vec()),
        given: RefCell::default(),
        busy: Cell::new(0),
        got: Cell::new(0),
    });
    let origin = server.listener.get_ref().local_addr();
    let origin = format!("http://{}", origin.expect("its address"));
    EXECUTOR.with(|local| {
        let served = Box::pin(server.clone().serve(*local));
        let serving = local.spawn(served).expect("a free slot");
        let asked = local.run_until(timeout(SOON, ask(&server, &origin)));
        block_on(asked).expect("the client hangs");
        drop(serving);
        local.clear();
        local.tick(usize::MAX);
        assert!(local.is_empty());
    });
}

async fn ask(server: &Server, origin: &str) {
    let limits = ["--max-head", "300", "--max-body", "100", "--max-memory", "1000"];
    let words = [origin, "--per-host", "2", "--timeout", "20", "--connect-timeout", "20"];
    let options = Options::of(&[&words[..], &limits].concat()).expect("options");
    let client = Client::new(Rc::new(options)).expect("a client");
    let mut next = Next::New;
    for request in 0..REQUESTS {
        let url = Url::parse(&format!("{origin}/{request}")).expect("a URL");
        let before = server.given.borrow().len();
        let result = client.get(&url, &client.ration(), Duration::ZERO).await;
        server.got.set(request + 1);
        while server.busy.get() > 0 {
            yield_now().await;
        }
        let given = server.given.borrow()[before..].to_vec();
        if let Next::Behind(connection) = next {
            // The server does not look at what is asked there.
            let was_late = given.first().is_none_or(|first| first.connection == connection);
            RACES.set(RACES.get().add(was_late));
            if was_late {
                return;
            }
        }
        next = judge(request, &given, next, result);
    }
}

/// What the last answer says of the next request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// This connection must carry it.
    Kept(usize),
    New,
    /// A new one too, unless the bytes behind the page were not there yet when the client looked:
    /// on a busy machine loopback takes its time.
    Behind(usize),
}

/// How often there were bytes behind a page, and how often they came too late.
#[derive(Clone, Copy, Debug, Default)]
pub struct Races {
    pub cases: u32,
    pub late: u32,
}

impl Races {
    fn add(self, was_late: bool) -> Self {
        Races { cases: self.cases + 1, late: self.late + u32::from(was_late) }
    }
}

/// Those of this thread so far.
pub fn races() -> Races {
    RACES.get()
}

/// Whether the result is what the answers lead to.
fn judge(request: usize, given: &[Given], next: Next, result: Result<Response, Failure>) -> Next {
    let (first, last) = match given {
        [only] => (only, only),
        [first, last] => (first, last),
        other => panic!("asked {} times: {other:?}", other.len()),
    };
    assert!(given.iter().all(|given| given.request == request), "{given:?}");
    if let Next::Kept(kept) = next {
        assert_eq!(first.connection, kept, "another connection: {given:?}");
    } else {
        assert!(!first.is_kept, "a connection that was not to be kept: {given:?}");
    }
    let must = first.is_kept && first.kind.is_as_gone();
    assert!(!must || given.len() == 2, "not asked again: {given:?}");
    if given.len() == 2 {
        let may = first.is_kept && (first.kind.is_as_gone() || first.kind == Garbage);
        assert!(may && !last.is_kept, "asked again: {given:?}");
    }
    let page = format!("page {request}").into_bytes();
    match (last.kind, result) {
        // It may be the beginning of anything.
        (Garbage, _) => return Next::New,
        (Nothing, Err(_)) => {}
        (TimedOut, Ok(response)) if response.head.status == 408 => {}
        (Half, Err(_)) => {}
        (kind, Ok(response)) if response.body == page => {
            assert_eq!(response.head.status, 200);
            assert!(![Nothing, TimedOut, Half].contains(&kind), "{kind:?}");
        }
        (_, result) => panic!("{given:?}: {result:?}"),
    }
    match last.kind {
        Behind | Later => Next::Behind(last.connection),
        kind if kind.keeps() => Next::Kept(last.connection),
        _ => Next::New,
    }
}
