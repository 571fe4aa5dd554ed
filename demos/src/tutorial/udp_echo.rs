//! Datagrams there and back (tutorial S3's list of asyncio's parts: UDP).
//!
//! The idea: the reactor does not care what a descriptor is, as long as it can become ready. UDP
//! has no connection and no stream: each `recv` gives one datagram, whole, so message borders are
//! kept.

use super::stage::seconds;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{Async, block_on, timeout};

pub static EXECUTOR: Executor<2, 512> = Executor::new();

/// Sends each datagram back, reversed.
async fn echo(socket: Async<UdpSocket>) -> io::Result<()> {
    let mut datagram = [0; 64];
    loop {
        let (count, sender) = socket.recv_from(&mut datagram).await?;
        datagram[..count].reverse();
        socket.send_to(&datagram[..count], sender).await?;
    }
}

async fn ask(server: SocketAddr) -> io::Result<()> {
    let client = Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))?;
    client.get_ref().connect(server)?;
    let mut datagram = [0; 64];
    for text in ["abc", "z", "12345"] {
        let sent = client.send(text.as_bytes()).await?;
        let answer = timeout(seconds(100), client.recv(&mut datagram)).await;
        let count = answer.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let back = String::from_utf8_lossy(&datagram[..count]);
        println!("{sent} bytes sent, {back:?} back");
    }
    Ok(())
}

pub fn run(local: LocalExecutor<512>) -> io::Result<()> {
    let socket = Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = socket.get_ref().local_addr()?;
    let _server = local.spawn(echo(socket)).expect("two slots");
    let client = local.spawn(ask(addr)).expect("two slots");
    block_on(local.run_until(client))
}
