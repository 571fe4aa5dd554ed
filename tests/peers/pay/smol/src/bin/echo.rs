//! An echo server with smol's parts: `echo ADDRESS`.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

use async_executor::LocalExecutor;
use async_io::{Async, block_on};
use futures_lite::{AsyncReadExt, AsyncWriteExt};

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
    let local = LocalExecutor::new();
    block_on(local.run(async {
        let listener = Async::<TcpListener>::bind(address)?;
        loop {
            let (stream, _) = listener.accept().await?;
            local.spawn(echo(stream)).detach();
        }
    }))
}
