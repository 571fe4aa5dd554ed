//! The processes in which claims are measured: this program again, told by its environment what to
//! measure, answering in a line of numbers.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wakeful_executor::{Executor, yield_now};
use wakeful_reactor::block_on;

use crate::crawl::blocking;
use crate::crawl::fetch::fetch;
use crate::system;

/// The most connections that are held.
pub const MOST: usize = 10_000;

const TOLD: &str = "WAKEFUL_CLAIM";
/// Bytes of a page that is held.
const PAGE: usize = 1_024;
/// Tasks that compute, and how often each gives way. Without optimisation there is less to compute:
/// it takes twenty times as long.
const TASKS: u64 = 100;
const TURNS: u64 = if cfg!(debug_assertions) { 10 } else { 200 };

static EXECUTOR: Executor<MOST, 1_024> = Executor::new();

/// How connections are held.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Each by a task, on one thread.
    Tasks,
    /// Each by a thread.
    Threads,
}

/// What it cost to hold the connections.
#[derive(Debug)]
pub struct Held {
    /// Pages that came whole.
    pub right: u64,
    /// From the first connection to the last page.
    pub wall: Duration,
    /// CPU time over that stretch.
    pub cpu: Duration,
    /// Memory in RAM at its most, beyond what there was at the beginning, in KiB.
    pub kib: u64,
    /// The most OS threads seen.
    pub threads: u64,
}

/// If this process was started to measure something: does so, prints it, and says `true`.
pub fn is_one() -> io::Result<bool> {
    let Ok(told) = std::env::var(TOLD) else {
        return Ok(false);
    };
    let words: Vec<&str> = told.split(' ').collect();
    let bad = || io::Error::other(format!("{TOLD}={told}"));
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    match words[0] {
        "compute" => {
            for _ in 0..number(1).ok_or_else(bad)? {
                work();
            }
            println!("{}", system::cpu_time().unwrap_or_default().as_nanos());
        }
        manner @ ("tasks" | "threads") => {
            let count = number(1).ok_or_else(bad)?;
            let site = words
                .get(2)
                .and_then(|word| word.parse().ok())
                .ok_or_else(bad)?;
            let path = format!("/bytes/{PAGE}?delay={}", number(3).ok_or_else(bad)?);
            system::descriptors();
            let memory = system::memory_kib().unwrap_or(0);
            let (cpu, start) = (system::cpu_time().unwrap_or_default(), Instant::now());
            let (right, threads) = match manner {
                "tasks" => by_tasks(count, site, &path)?,
                _ => by_threads(count, site, &path),
            };
            println!(
                "{right} {} {} {} {threads}",
                start.elapsed().as_nanos(),
                (system::cpu_time().unwrap_or_default() - cpu).as_nanos(),
                system::peak_memory_kib()
                    .unwrap_or(0)
                    .saturating_sub(memory)
            );
        }
        _ => return Err(bad()),
    }
    Ok(true)
}

/// Gives how many pages came whole, and the most threads seen.
fn by_tasks(count: u64, site: SocketAddr, path: &str) -> io::Result<(u64, u64)> {
    let local = EXECUTOR.take().expect("taken once");
    let full = |_| io::Error::other("every slot of the executor holds a task");
    let page = |_| local.spawn(fetch(site, path.to_string())).map_err(full);
    let pages = (0..count).map(page).collect::<io::Result<Vec<_>>>()?;
    let right = block_on(local.run_until(async {
        let mut right = 0;
        for page in pages {
            right += u64::from(page.await.is_ok_and(|page| page.body.len() == PAGE));
        }
        right
    }));
    Ok((right, system::os_threads().unwrap_or(0)))
}

fn by_threads(count: u64, site: SocketAddr, path: &str) -> (u64, u64) {
    let (right, mut most) = (AtomicU64::new(0), 0);
    thread::scope(|scope| {
        let get = || {
            let page = blocking::fetch(site, path);
            if page.is_ok_and(|page| page.body.len() == PAGE) {
                right.fetch_add(1, Ordering::Relaxed);
            }
        };
        for _ in 0..count {
            // One that cannot be had is a page that is missing.
            if thread::Builder::new().spawn_scoped(scope, get).is_err() {
                break;
            }
        }
        most = system::os_threads().unwrap_or(0);
    });
    (right.into_inner(), most)
}

/// Computing that takes a while: tasks that mix numbers and give way now and then.
fn work() {
    static WORKERS: Executor<{ TASKS as usize }, 64> = Executor::new();
    thread_local! {
        static LOCAL: wakeful_executor::LocalExecutor<64> = WORKERS.take().expect("one thread");
    }
    let local = LOCAL.with(|local| *local);
    let tasks: Vec<_> = (0..TASKS)
        .map(|seed| local.spawn(mix(seed)).expect("a slot"))
        .collect();
    wakeful_executor::block_on(local.run_until(async {
        for task in tasks {
            std::hint::black_box(task.await);
        }
    }));
}

async fn mix(seed: u64) -> u64 {
    let mut number = seed;
    for _ in 0..TURNS {
        for _ in 0..10_000 {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1)
                .rotate_left(7);
        }
        yield_now().await;
    }
    number
}

/// Has a child hold `count` connections to `site` for `patience`.
pub fn hold(
    manner: Manner,
    count: usize,
    site: SocketAddr,
    patience: Duration,
) -> io::Result<Held> {
    let manner = match manner {
        Manner::Tasks => "tasks",
        Manner::Threads => "threads",
    };
    let child = start(&format!("{manner} {count} {site} {}", patience.as_millis()))?;
    let numbers = answer(child)?;
    let [right, wall, cpu, kib, threads] = numbers[..] else {
        return Err(io::Error::other(format!("a child answered {numbers:?}")));
    };
    let (wall, cpu) = (Duration::from_nanos(wall), Duration::from_nanos(cpu));
    Ok(Held {
        right,
        wall,
        cpu,
        kib,
        threads,
    })
}

/// The time that `processes` processes take to compute `shares` shares each, and their CPU time.
pub fn compute(processes: usize, shares: usize) -> io::Result<(Duration, Duration)> {
    let begin = Instant::now();
    let children: io::Result<Vec<_>> = (0..processes)
        .map(|_| start(&format!("compute {shares}")))
        .collect();
    let mut cpu = Duration::ZERO;
    for child in children? {
        cpu += Duration::from_nanos(answer(child)?.iter().sum());
    }
    Ok((begin.elapsed(), cpu))
}

fn start(told: &str) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["demo", "claims"])
        .env(TOLD, told)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
}

/// Waits for a child's line of numbers and its end.
fn answer(mut child: Child) -> io::Result<Vec<u64>> {
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    let status = child.wait()?;
    let numbers: Result<_, _> = line.split_whitespace().map(str::parse).collect();
    match numbers {
        Ok(numbers) if status.success() => Ok(numbers),
        _ => Err(io::Error::other(format!(
            "a measuring process ended with {status}: {line:?}"
        ))),
    }
}
