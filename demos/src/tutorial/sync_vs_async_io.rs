//! A synchronous read stops the thread, an asynchronous one stops one task (tutorial S1).
//!
//! The idea: reading waits for somebody slower than the processor. The synchronous program waits
//! with it; the asynchronous one says what it wants, does other work, and is told when it is there.
//! The tutorial's example reads a file, which no system reports as "ready"; a pair of sockets shows
//! it properly. (Regular files go to a thread pool: `wakeful_reactor::unblock`.)

use super::stage::seconds;
use futures_lite::AsyncReadExt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use wakeful_executor::{Executor, LocalExecutor, yield_now};
use wakeful_reactor::{Async, block_on, sleep};

type Local = LocalExecutor<512>;

pub static EXECUTOR: Executor<4, 512> = Executor::new();

/// A socket into which somebody writes 10 bytes a second from now.
fn slow_source() -> io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut theirs = TcpStream::connect(listener.local_addr()?)?;
    thread::spawn(move || {
        thread::sleep(seconds(1));
        theirs.write_all(&[b'x'; 10])
    });
    Ok(listener.accept()?.0)
}

pub fn synchronous() -> io::Result<()> {
    let mut source = slow_source()?;
    println!("sync: read asked");
    let count = source.read(&mut [0; 100])?;
    println!("sync: read returned {count} bytes");
    for i in 0..3 {
        println!("sync: other work {i}");
    }
    Ok(())
}

async fn read(source: TcpStream) -> io::Result<()> {
    println!("async: read asked");
    let count = Async::new(source)?.read(&mut [0; 100]).await?;
    println!("async: read returned {count} bytes");
    Ok(())
}

async fn other_work() {
    for i in 0..3 {
        println!("async: other work {i}");
        yield_now().await;
    }
}

pub fn asynchronous(local: Local) -> io::Result<()> {
    let read = local.spawn(read(slow_source()?)).expect("four slots");
    local.spawn_detached(other_work()).expect("four slots");
    block_on(local.run_until(read))
}

pub fn three_waits_synchronous() {
    for _ in 0..3 {
        thread::sleep(seconds(1));
    }
}

pub fn three_waits_asynchronous(local: Local) {
    for _ in 0..3 {
        local.spawn(sleep(seconds(1))).expect("four slots").detach();
    }
    block_on(local.run_all());
}
