//! A synchronous read stops the thread, an asynchronous one stops one task (tutorial S1).
//!
//! The idea: reading waits for somebody slower than the processor. The synchronous program waits
//! with it; the asynchronous one says what it wants, does other work, and is told when it is there.
//! The tutorial's example reads a file, which no system reports as "ready"; a pair of sockets shows
//! it properly. (Regular files go to a thread pool: `wakeful_reactor::unblock`.)

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

use futures_lite::AsyncReadExt;
use wakeful_executor::{Executor, yield_now};
use wakeful_reactor::{Async, block_on, sleep};

use super::stage::{Clock, gather, lane, note, say, seconds, watch};

static EXECUTOR: Executor<4, 512> = Executor::new();

/// A socket into which somebody writes 10 bytes a second from now.
fn slow_source() -> io::Result<(UnixStream, JoinHandle<io::Result<()>>)> {
    let (ours, mut theirs) = UnixStream::pair()?;
    let writer = thread::spawn(move || {
        thread::sleep(seconds(1));
        theirs.write_all(&[b'x'; 10])
    });
    Ok((ours, writer))
}

fn end(writer: JoinHandle<io::Result<()>>) -> io::Result<()> {
    writer
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the writer panicked")))
}

fn synchronous() -> io::Result<()> {
    let (mut source, writer) = slow_source()?;
    say("sync: read asked");
    let count = source.read(&mut [0; 100])?;
    say(format!("sync: read returned {count} bytes"));
    for i in 0..3 {
        say(format!("sync: other work {i}"));
    }
    end(writer)
}

async fn read(source: UnixStream) -> io::Result<()> {
    say("async: read asked");
    let count = Async::new(source)?.read(&mut [0; 100]).await?;
    say(format!("async: read returned {count} bytes"));
    Ok(())
}

async fn other_work() -> io::Result<()> {
    for i in 0..3 {
        say(format!("async: other work {i}"));
        yield_now().await;
    }
    Ok(())
}

pub fn run() -> io::Result<()> {
    synchronous()?;

    let local = watch(EXECUTOR.take().expect("taken once"));
    let (source, writer) = slow_source()?;
    let tasks = [
        local.spawn(lane("read", read(source))).expect("four slots"),
        local
            .spawn(lane("other work", other_work()))
            .expect("four slots"),
    ];
    for result in block_on(local.run_until(gather(tasks))) {
        result?;
    }
    end(writer)?;

    let clock = Clock::start();
    for _ in 0..3 {
        thread::sleep(seconds(1));
    }
    note(format!(
        "three 1-unit waits, synchronous: units = {}",
        clock.units()
    ));
    let clock = Clock::start();
    let waits = [1, 2, 3].map(|k| {
        local
            .spawn(lane(&format!("wait {k}"), sleep(seconds(1))))
            .expect("four slots")
    });
    block_on(local.run_until(gather(waits)));
    note(format!(
        "three 1-unit waits, asynchronous: units = {}",
        clock.units()
    ));
    Ok(())
}
