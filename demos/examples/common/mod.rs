//! What the servers of this folder share: one task a connection, all on one thread, until a signal
//! says that it is enough.

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use futures_lite::StreamExt;
use futures_lite::future::or;
use wakeful_executor::{Executor, Task};
use wakeful_reactor::signal::{SIGINT, SIGTERM, Signals};
use wakeful_reactor::{Async, block_on, timeout};

/// What a connection comes to.
pub type Served = Result<(), Box<dyn Error>>;

/// 64 connections at once, each a future of at most 8 KiB: all the memory that tasks take.
static EXECUTOR: Executor<64, 8192> = Executor::new();

/// No connection lasts longer.
const LONGEST: Duration = Duration::from_secs(60);

enum Event {
    Connection(io::Result<Async<TcpStream>>),
    Enough,
}

/// Serves each connection by a task of its own until SIGINT or SIGTERM. Prints where it listens.
pub fn serve<F>(address: &str, connection: impl Fn(Async<TcpStream>) -> F) -> Served
where
    F: Future<Output = Served> + 'static,
{
    let local = EXECUTOR.take().ok_or("serve is called once")?;
    let address: SocketAddr = address.parse()?;
    block_on(local.run_until(async {
        let listener = Async::<TcpListener>::bind(address)?;
        println!("listening on {}", listener.get_ref().local_addr()?);
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let mut incoming = listener.incoming();
        loop {
            let enough = async {
                signals.next().await;
                Event::Enough
            };
            let next = async {
                match incoming.next().await {
                    Some(stream) => Event::Connection(stream),
                    None => Event::Enough,
                }
            };
            match or(enough, next).await {
                Event::Enough => break,
                Event::Connection(Err(error)) => eprintln!("accept: {error}"),
                Event::Connection(Ok(stream)) => {
                    let peer = stream.get_ref().peer_addr()?;
                    let connection = connection(stream);
                    let task = local.spawn(async move {
                        match timeout(LONGEST, connection).await {
                            Ok(Ok(())) => {}
                            Ok(Err(error)) => eprintln!("{peer}: {error}"),
                            Err(error) => eprintln!("{peer}: {error}"),
                        }
                    });
                    // A full house closes the newcomer's connection: the future that comes back is
                    // dropped, and with it the stream.
                    if task.map(Task::detach).is_err() {
                        eprintln!("{peer}: no room for one more");
                    }
                }
            }
        }
        println!("ended by a signal, {} connections open", local.len());
        local.clear();
        Ok(())
    }))
}
