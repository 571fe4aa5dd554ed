//! A child process on pipes (tutorial S3's list of asyncio's parts).
//!
//! The idea: a pipe is a descriptor and a child's end is an event, so the loop waits for both as it
//! waits for anything else: a timer goes on meanwhile. (`wait` on a child would block everybody.)

use super::stage::seconds;
use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt, AsyncWriteExt, StreamExt};
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::process::{Command, Stdio};
use wakeful_reactor::{block_on, sleep};

pub static EXECUTOR: Executor<2, 2048> = Executor::new();

async fn tick(ticks: Rc<Cell<u32>>) {
    loop {
        sleep(seconds(0.2)).await;
        ticks.set(ticks.get() + 1);
    }
}

async fn talk_to_a_child() -> io::Result<()> {
    let pause = seconds(1).as_secs_f64();
    let script = format!("read a; echo got $a; sleep {pause}; echo later; exit 3");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(b"word\n").await?;
    }
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next().await {
            println!("child: {}", line?);
        }
    }
    match child.status().await?.code() {
        Some(code) => println!("exit status {code}"),
        None => println!("ended by a signal"),
    }
    Ok(())
}

pub fn run(local: LocalExecutor<2048>) -> io::Result<()> {
    let ticks = Rc::new(Cell::new(0));
    let ticker = local.spawn(tick(ticks.clone())).expect("two slots");
    let talk = local.spawn(talk_to_a_child()).expect("two slots");
    block_on(local.run_until(talk))?;
    drop(ticker);
    println!("# timer ran meanwhile: {}", ticks.get() >= 2);
    Ok(())
}
