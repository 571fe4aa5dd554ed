//! The executor as one task of tokio's: its tasks use tokio's sockets, timers and channels, and tasks
//! of both await each other.
//!
//! [`run_until`] is a future like any other. tokio polls it when one of its tasks was woken, and the
//! wakers that tokio's timers and sockets get are the executor's. Its tasks are not `Send`, so that
//! future is not either: it needs a `LocalSet`, or `Runtime::block_on`.
//!
//! [`run_until`]: LocalExecutor::run_until

#![forbid(unsafe_code)]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use wakeful_executor::{Executor, LocalExecutor, yield_now};

static EXECUTOR: Executor<16, 512> = Executor::new();

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A task of ours on tokio's sockets.
async fn echo_once(listener: TcpListener) -> std::io::Result<()> {
    let (mut stream, _) = listener.accept().await?;
    let mut buffer = [0; 64];
    let length = stream.read(&mut buffer).await?;
    stream.write_all(&buffer[..length]).await
}

/// What runs on the executor, as its main future.
async fn main_future(local: LocalExecutor<512>) -> Result<()> {
    // One of tokio's tasks awaits one of ours. It is on the same thread, and its waker is tokio's.
    let ours = local.spawn(async {
        sleep(Duration::from_millis(10)).await; // tokio's timer
        6 * 7
    })?;
    let theirs = tokio::task::spawn_local(async { ours.await + 1 });
    println!("tokio awaited wakeful, wakeful awaited tokio: {}", theirs.await?);

    // Ours serves, tokio's asks: over loopback, by tokio's sockets.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = local.spawn(echo_once(listener))?;
    let client = tokio::task::spawn_local(async move {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"hello").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    });
    println!("over a socket: {}", client.await??);
    server.await?;

    // Many of ours feed one of tokio's, through a channel of tokio's.
    let (sender, mut receiver) = mpsc::channel(2);
    for number in 1..=10_u32 {
        let sender = sender.clone();
        local.spawn_detached(async move { sender.send(number).await.unwrap_or(()) })?;
    }
    drop(sender);
    let sum = tokio::task::spawn_local(async move {
        let mut sum = 0;
        while let Some(number) = receiver.recv().await {
            sum += number;
        }
        sum
    });
    println!("ten tasks sent {}", sum.await?);

    // Cancelled by drop, as everywhere: tokio's timeout drops the handle, and with it the task.
    let (sender, receiver) = oneshot::channel::<()>();
    let endless = local.spawn(async move {
        let _sender = sender;
        std::future::pending::<()>().await;
    })?;
    assert!(timeout(Duration::from_millis(10), endless).await.is_err());
    assert!(receiver.await.is_err(), "the sender lived in the task");
    println!("a timeout of tokio's has cancelled a task of ours");
    Ok(())
}

/// What `../measure` runs: two tasks take turns, a million times.
async fn yields(local: LocalExecutor<512>) -> Result<()> {
    let begin = std::time::Instant::now();
    let turns = async || {
        for _ in 0..500_000 {
            yield_now().await;
        }
    };
    let other = local.spawn(turns())?;
    turns().await;
    other.await;
    println!("{:.1}", begin.elapsed().as_nanos() as f64 / 1e6);
    Ok(())
}

fn main() -> Result<()> {
    let local = EXECUTOR.take().expect("taken once");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let set = LocalSet::new();
    let run = match std::env::args().nth(1).as_deref() {
        Some("yields") => set.spawn_local(local.run_until(yields(local))),
        _ => set.spawn_local(local.run_until(main_future(local))),
    };
    runtime.block_on(set.run_until(run))??;
    assert!(local.is_empty(), "every slot is free again");
    Ok(())
}
