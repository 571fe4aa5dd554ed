//! Many cores: several processes, coroutines in each (tutorials S1, S2 and S4).
//!
//! The idea: the tasks of one executor share one thread and therefore one core. To use two, run two
//! executors; the tutorials take two processes, since Python's threads do not run Python code at
//! the same time. Rust's do, so a thread each would do as well. The program starts itself twice
//! over with a share of the work in the environment, and adds up what the children print.

use std::io;
use std::process::{Child, Command, Stdio};
use wakeful_executor::{Executor, block_on, yield_now};

const SHARE: &str = "WAKEFUL_SHARE";

static EXECUTOR: Executor<100, 64> = Executor::new();

async fn part(k: u64) -> u64 {
    yield_now().await;
    k
}

/// A child's work: a coroutine for each number from `from`, and the sum of what they return.
fn everything(from: u64) -> (usize, u64) {
    let local = EXECUTOR.take().expect("taken once");
    let numbers = from..from + local.capacity() as u64;
    let tasks: Vec<_> = numbers.map(|k| local.spawn(part(k)).expect("a slot each")).collect();
    let count = tasks.len();
    let sum = block_on(local.run_until(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        sum
    }));
    (count, sum)
}

fn start(index: u64) -> io::Result<Child> {
    let mut child = Command::new(std::env::current_exe()?);
    child.args(["demo", "multicore"]).env(SHARE, (index * 100).to_string());
    child.stdout(Stdio::piped()).spawn()
}

/// Waits for a child and reads the numbers that it printed.
fn report(child: Child) -> io::Result<(usize, u64)> {
    let said = String::from_utf8_lossy(&child.wait_with_output()?.stdout).into_owned();
    let numbers = said.trim().split_once(' ');
    let numbers = numbers.and_then(|(count, sum)| Some((count.parse().ok()?, sum.parse().ok()?)));
    numbers.ok_or_else(|| io::Error::other(format!("a worker said {said:?}")))
}

pub fn run() -> io::Result<()> {
    if let Ok(share) = std::env::var(SHARE) {
        let from = share.parse().map_err(|_| io::Error::other(format!("{SHARE}={share}")))?;
        let (count, sum) = everything(from);
        println!("{count} {sum}");
        return Ok(());
    }
    let workers = [start(0)?, start(1)?];
    let mut pids = workers.each_ref().map(Child::id).to_vec();
    let mut total = 0;
    for (index, worker) in workers.into_iter().enumerate() {
        let (count, sum) = report(worker)?;
        println!("worker {index}: {count} coroutines, sum {sum}");
        total += sum;
    }
    println!("total {total}");
    pids.retain(|pid| *pid != std::process::id());
    pids.dedup();
    println!("# processes other than main = {}", pids.len());
    Ok(())
}
