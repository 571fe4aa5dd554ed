//! The echo server, one worker a thread or a process, and its clients.

use super::labour::work;
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use rustix::net::{AddressFamily, SocketType, bind, ipproto, listen, socket, sockopt};
use std::cell::Cell;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};
use wakeful_executor::Executor;
use wakeful_reactor::{Async, block_on};

/// Bytes of a request and of its answer.
const REQUEST: usize = 64;
/// Connections of the clients, for as many workers to share.
const CLIENTS: usize = 64;
/// Connections that one worker can have.
const SLOTS: usize = 1_024;
const BYTES: usize = 768;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1_024;

/// Serves from so many threads of this process, each with a listener of its own at one port, until
/// the process is ended.
pub fn threads(workers: usize, rounds: u64) -> io::Result<()> {
    let first = listener(0)?;
    let addr = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..workers {
        listeners.push(listener(addr.port())?);
    }
    writeln!(io::stdout(), "{addr}")?;
    thread::scope(|scope| {
        let threads: Vec<_> = listeners
            .into_iter()
            .map(|listener| scope.spawn(move || serve(listener, rounds)))
            .collect();
        for thread in threads {
            thread
                .join()
                .map_err(|_| io::Error::other("a worker panicked"))??;
        }
        Ok(())
    })
}

/// Serves from the listener that is this process's standard input, until the process is ended.
pub fn inherited(rounds: u64) -> io::Result<()> {
    let listener = io::stdin().as_fd().try_clone_to_owned()?;
    serve(TcpListener::from(listener), rounds)
}

/// A listener that shares its port with others of this program: the system deals the connections
/// out among them.
fn listener(port: u16) -> io::Result<TcpListener> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP))?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

/// One worker: an executor, a reactor, a listener.
fn serve(listener: TcpListener, rounds: u64) -> io::Result<()> {
    let none = || io::Error::other("a new executor is taken once");
    let local = Executor::<SLOTS, BYTES>::leak().take().ok_or_else(none)?;
    let listener = Async::new(listener)?;
    block_on(local.run_until(async {
        let mut incoming = listener.incoming();
        while let Some(stream) = incoming.next().await {
            let Ok(stream) = stream else { continue };
            // With every slot in use, the connection is closed.
            if let Ok(task) = local.spawn(echo(stream, rounds)) {
                task.detach();
            }
        }
    }));
    Ok(())
}

async fn echo(mut stream: Async<TcpStream>, rounds: u64) {
    let mut request = [0; REQUEST];
    while stream.read_exact(&mut request).await.is_ok() {
        work(rounds);
        if stream.write_all(&request).await.is_err() {
            return;
        }
    }
}

/// Asks for so long from many connections at once, then says how many answers came.
pub fn clients(addr: SocketAddr, time: Duration) -> io::Result<()> {
    let none = || io::Error::other("a new executor is taken once");
    let local = Executor::<CLIENTS, BYTES>::leak().take().ok_or_else(none)?;
    let answers = Rc::new(Cell::new(0_u64));
    let until = Instant::now() + time;
    let failed = block_on(local.run_until(async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let client = local.spawn(client(addr, until, answers.clone()));
            clients.push(client.map_err(|_| io::Error::other("no slot for a client"))?);
        }
        for client in clients {
            client.await?;
        }
        Ok::<(), io::Error>(())
    }));
    failed?;
    writeln!(io::stdout(), "{}", answers.get())
}

async fn client(addr: SocketAddr, until: Instant, answers: Rc<Cell<u64>>) -> io::Result<()> {
    let mut stream = Async::<TcpStream>::connect(addr).await?;
    let mut answer = [0; REQUEST];
    while Instant::now() < until {
        stream.write_all(&[b'?'; REQUEST]).await?;
        stream.read_exact(&mut answer).await?;
        answers.set(answers.get() + 1);
    }
    Ok(())
}
