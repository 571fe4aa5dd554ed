//! The same crawler as `tiny.rs`, its parts replaced by wakeful's: read the two side by side.
//!
//! | | `tiny.rs` | here |
//! |---|---|---|
//! | `Furture` | a flag and a waker that the loop completes | asks the reactor's socket, which keeps both |
//! | `Task` | a box with a lock, in a queue with a lock | a slot of a static executor, no heap, no lock |
//! | `Loop` | its own queue, its own `poller.wait` | `block_on(local.run_all())` |
//! | `fetch` | `std` waits for the connection | this, too, lets others go on |
//!
//! Besides, a socket is registered with the system once and not for each wait, and a task may also
//! be cancelled, time out, and hand its result to whoever awaits it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on};

type Socket = Async<TcpStream>;
/// A page's length, and how its bytes are checked.
type Page = io::Result<usize>;
type Sum = fn(&[u8]) -> u32;

pub static EXECUTOR: Executor<10, 512> = Executor::new();

/// One readiness of one socket. Until it has come, the socket keeps the waker.
struct Furture<'a>(&'a Socket, fn(&Socket, &mut Context<'_>) -> Poll<io::Result<()>>);

impl Future for Furture<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Furture(socket, ready) = *self;
        ready(socket, cx)
    }
}

/// One page. At each `await` the other pages go on.
async fn fetch(site: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let socket = Socket::connect(site).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {site}\r\n\r\n");
    let (mut rest, mut answer) = (request.as_bytes(), Vec::new());
    while !rest.is_empty() {
        Furture(&socket, Socket::poll_writable).await?;
        rest = &rest[socket.get_ref().write(rest)?..];
    }
    while let Err(error) = socket.get_ref().read_to_end(&mut answer) {
        if error.kind() != ErrorKind::WouldBlock {
            return Err(error);
        }
        Furture(&socket, Socket::poll_readable).await?;
    }
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    Ok(answer.split_off(head.ok_or(ErrorKind::UnexpectedEof)? + 4))
}

async fn page(site: SocketAddr, n: usize, sum: Sum) -> Page {
    let page = fetch(site, &format!("/page/{n}")).await?;
    let (length, sum) = (page.len(), sum(&page));
    println!("{length} bytes received from /page/{n}. adler32 {sum:08x}");
    Ok(length)
}

pub fn run(local: LocalExecutor<512>, site: SocketAddr, sum: Sum) -> Vec<Page> {
    let (began, mut tasks) = (Instant::now(), Vec::new());
    for n in 0..10 {
        println!("GET: /page/{n}");
        tasks.push(local.spawn(page(site, n, sum)).expect("ten slots"));
    }
    block_on(local.run_all());
    println!("耗时: {}", began.elapsed().as_secs_f64());
    // A task that has ended keeps its result until it is asked.
    tasks.into_iter().filter_map(|task| task.cancel()).collect()
}
