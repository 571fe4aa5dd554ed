//! An echo server with wakeful: `echo ADDRESS`.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use wakeful_executor::Executor;
use wakeful_reactor::{Async, block_on};

static EXECUTOR: Executor<1024, 512> = Executor::new();

async fn echo(mut stream: Async<TcpStream>) -> io::Result<()> {
    let mut buffer = [0; 256];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
}

fn main() -> io::Result<()> {
    let address: SocketAddr =
        std::env::args().nth(1).unwrap_or_default().parse().map_err(io::Error::other)?;
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("taken once"))?;
    block_on(local.run_until(async move {
        let listener = Async::<TcpListener>::bind(address)?;
        loop {
            let (stream, _) = listener.accept().await?;
            if let Ok(task) = local.spawn(echo(stream)) {
                task.detach();
            }
        }
    }))
}
