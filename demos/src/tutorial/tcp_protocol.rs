//! Transports and protocols over TCP (tutorial S3's list of asyncio's parts).
//!
//! The idea: asyncio's older layer has no coroutines. A *transport* moves bytes and calls a
//! *protocol*: connection made, data received, end of file, connection lost. The layer is a loop
//! over a stream, as `serve` shows, and turned inside out it is a coroutine that just reads and
//! writes. A connection has two directions, and the client here ends one while the other still
//! works.

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on};

pub static EXECUTOR: Executor<2, 1024> = Executor::new();

/// What happens to a connection. `data_received` answers with the bytes to be sent.
trait Protocol {
    fn connection_made(&mut self);
    fn data_received(&mut self, data: &[u8]) -> Vec<u8>;
    fn eof_received(&mut self);
    fn connection_lost(&mut self, error: Option<&io::Error>);
}

struct Upper;

impl Protocol for Upper {
    fn connection_made(&mut self) {
        println!("server: connection made");
    }

    fn data_received(&mut self, data: &[u8]) -> Vec<u8> {
        println!("server: data {:?}", String::from_utf8_lossy(data));
        data.to_ascii_uppercase()
    }

    fn eof_received(&mut self) {
        println!("server: eof");
    }

    fn connection_lost(&mut self, error: Option<&io::Error>) {
        println!("server: connection lost {error:?}");
    }
}

/// The transport: moves the bytes of one connection and tells the protocol.
async fn serve(listener: Async<TcpListener>, mut protocol: impl Protocol) -> io::Result<()> {
    let (stream, _) = listener.accept().await?;
    protocol.connection_made();
    let end = move_bytes(stream, &mut protocol).await;
    protocol.connection_lost(end.as_ref().err());
    end
}

async fn move_bytes(mut stream: Async<TcpStream>, protocol: &mut impl Protocol) -> io::Result<()> {
    let mut piece = [0; 256];
    loop {
        match stream.read(&mut piece).await? {
            0 => break,
            count => {
                let answer = protocol.data_received(&piece[..count]);
                stream.write_all(&answer).await?;
            }
        }
    }
    protocol.eof_received();
    Ok(())
}

async fn client(addr: SocketAddr) -> io::Result<()> {
    let mut stream = Async::<TcpStream>::connect(addr).await?;
    stream.write_all(b"ping").await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    println!("client: {:?}", String::from_utf8_lossy(&answer));
    stream.get_ref().shutdown(Shutdown::Write)?;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await?;
    println!("client: eof b\"{}\"", rest.escape_ascii());
    Ok(())
}

pub fn run(local: LocalExecutor<1024>) -> io::Result<()> {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.get_ref().local_addr()?;
    let server = local.spawn(serve(listener, Upper)).expect("two slots");
    let client = local.spawn(client(addr)).expect("two slots");
    block_on(local.run_until(async {
        server.await?;
        client.await
    }))
}
