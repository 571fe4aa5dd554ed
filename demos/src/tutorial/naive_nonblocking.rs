//! Non-blocking sockets without waiting (tutorial S0's first sketch of a crawler).
//!
//! The idea: a non-blocking call never waits; it says "in progress" or "would block" instead. The
//! sketch goes on regardless and fails. Somebody has to wait, and for as many sockets as there are:
//! that is the reactor. It also shows that a single `recv(4096)` is not a page.

use crate::crawl::fetch::request;
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::{self, AddressFamily, SocketType};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on};

/// What a read takes at most, as in the tutorial.
const PIECE: usize = 4096;

pub static EXECUTOR: Executor<1, 8192> = Executor::new();

async fn fetch(site: SocketAddr) -> io::Result<()> {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    ioctl_fionbio(&socket, true)?;
    let connect = match net::connect(&socket, &site) {
        Err(Errno::INPROGRESS | Errno::WOULDBLOCK) => "in progress",
        done => done.map(|()| "done at once")?,
    };
    println!("connect: {connect}");

    let socket = Async::new(TcpStream::from(socket))?;
    socket.writable().await?;
    let error = socket.get_ref().take_error()?;
    let code = error.map_or(0, |error| error.raw_os_error().unwrap_or(-1));
    println!("writable: so_error {code}");

    let mut plain = socket.get_ref();
    plain.write_all(request(site, "/page/5").as_bytes())?;
    let mut piece = [0; PIECE];
    if plain.read(&mut piece).is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
        println!("recv at once: would block");
    }

    let first = socket.read_with(|mut socket| socket.read(&mut piece)).await?;
    let fits = 0 < first && first <= PIECE;
    println!("recv after readable: at most {PIECE} bytes: {fits}");
    let mut total = first;
    loop {
        match socket.read_with(|mut socket| socket.read(&mut piece)).await? {
            0 => break,
            count => total += count,
        }
    }
    println!("a single recv({PIECE}) misses bytes: {}", total > first);
    Ok(())
}

pub fn run(local: LocalExecutor<8192>, site: SocketAddr) -> io::Result<()> {
    let page = local.spawn(fetch(site)).expect("one slot");
    block_on(local.run_until(page))
}
