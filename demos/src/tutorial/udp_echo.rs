//! Datagrams there and back (tutorial S3's list of asyncio's parts: UDP).
//!
//! The idea: the reactor does not care what a descriptor is, as long as it can become ready. UDP
//! has no connection and no stream: each `recv` gives one datagram, whole, so message borders are
//! kept.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

use wakeful_executor::Executor;
use wakeful_reactor::{Async, block_on, timeout};

use super::stage::{lane, say, seconds, watch};

static EXECUTOR: Executor<1, 512> = Executor::new();

/// Sends each datagram back, reversed.
async fn echo(socket: Async<UdpSocket>) -> io::Result<()> {
    let mut datagram = [0; 64];
    loop {
        let (count, sender) = socket.recv_from(&mut datagram).await?;
        datagram[..count].reverse();
        socket.send_to(&datagram[..count], sender).await?;
    }
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let server = Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = server.get_ref().local_addr()?;
    let _server = local.spawn(lane("echo", echo(server))).expect("one slot");
    block_on(local.run_until(async {
        let client = Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))?;
        client.get_ref().connect(addr)?;
        let mut datagram = [0; 64];
        for text in ["abc", "z", "12345"] {
            let sent = client.send(text.as_bytes()).await?;
            let count = timeout(seconds(100), client.recv(&mut datagram))
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            let back = String::from_utf8_lossy(&datagram[..count]);
            say(format!("{sent} bytes sent, {back:?} back"));
        }
        Ok(())
    }))
}
