//! Small loops whose instructions callgrind counts, and figures of memory: `counted WORK COUNT`
//! does the work that often; `counted bytes COUNT` and `counted connections COUNT` print `name value`
//! lines.
//!
//! Nothing waits: valgrind before 3.20 does not know the reactor's `epoll_pwait2`.

use std::cell::{Cell, RefCell};
use std::fs;
use std::future::poll_fn;
use std::hint::black_box;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};
use wakeful_reactor::{Async, Timer};

/// How many tasks yield or are woken.
const TASKS: usize = 100;
const HOUR: Duration = Duration::from_secs(3_600);

/// A slot for a connection's task.
const SLOT: usize = 296;

static EXECUTOR: Executor<128, 128> = Executor::new();

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [work, count] = &words[..] else {
        return Err(io::Error::other("counted WORK COUNT"));
    };
    let count: usize = count.parse().map_err(io::Error::other)?;
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("taken once"))?;
    match work.as_str() {
        "spawn" => block_on(local.run_until(spawn(local, count))),
        "yield" => block_on(local.run_until(yields(local, count))),
        "wake" => block_on(local.run_until(wakes(local, count))),
        "timer" => wakeful_reactor::block_on(timers(count)),
        "bytes" => bytes(count)?,
        "connections" => connections(count)?,
        other => return Err(io::Error::other(format!("no work is called {other}"))),
    }
    Ok(())
}

async fn spawn(local: LocalExecutor<128>, count: usize) {
    for index in 0..count {
        let task = local.spawn(async move { black_box(index) }).expect("a slot is free");
        black_box(task.await);
    }
}

async fn yields(local: LocalExecutor<128>, count: usize) {
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let rounds = count / TASKS;
            let task = local.spawn(async move {
                for _ in 0..rounds {
                    yield_now().await;
                }
            });
            task.expect("a slot is free")
        })
        .collect();
    for task in tasks {
        task.await;
    }
}

thread_local! {
    static WAKERS: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
    static POLLS: Cell<usize> = const { Cell::new(0) };
}

/// Every task is woken `count / TASKS` times, and is polled once for each.
async fn wakes(local: LocalExecutor<128>, count: usize) {
    for _ in 0..TASKS {
        let mut known = false;
        let parked = poll_fn::<(), _>(move |cx| {
            if !known {
                known = true;
                WAKERS.with_borrow_mut(|wakers| wakers.push(cx.waker().clone()));
            }
            POLLS.set(POLLS.get() + 1);
            Poll::Pending
        });
        local.spawn(parked).expect("a slot is free").detach();
    }
    yield_now().await;
    for _ in 0..count / TASKS {
        WAKERS.with_borrow(|wakers| wakers.iter().for_each(Waker::wake_by_ref));
        yield_now().await;
    }
    assert_eq!(POLLS.get(), TASKS + count, "each wake is one poll");
    local.clear();
}

/// A timer armed and dropped, while a hundred others are armed.
async fn timers(count: usize) {
    let mut others: Vec<Timer> = (0..TASKS).map(|_| Timer::after(HOUR)).collect();
    for other in &mut others {
        once(other).await;
    }
    for _ in 0..count {
        once(&mut Timer::after(black_box(HOUR))).await;
    }
}

async fn once(timer: &mut Timer) {
    let mut timer = Some(timer);
    poll_fn(|cx| {
        if let Some(timer) = timer.take() {
            assert!(pin!(timer).poll(cx).is_pending(), "an hour is long");
        }
        Poll::Ready(())
    })
    .await;
}

/// What a connection's task of an echo server keeps across its waits.
///
/// Not an `async fn`, which would hold the stream twice: as its argument and as its variable. As in
/// the rows of the comparison, nothing else is kept across an await but the buffer.
#[allow(clippy::manual_async_fn)]
fn echo(mut stream: Async<TcpStream>) -> impl Future<Output = ()> {
    async move {
        let mut buffer = [0; 256];
        loop {
            let Ok(length @ 1..) = stream.read(&mut buffer).await else {
                return;
            };
            let Ok(()) = stream.write_all(&buffer[..length]).await else {
                return;
            };
        }
    }
}

/// What an idle connection weighs: its task, its slot and its source. The other ends are plain
/// sockets of this process, made beforehand.
fn connections(count: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        pairs.push((TcpStream::connect(address)?, listener.accept()?.0));
    }
    let mut far_ends = Vec::with_capacity(count);
    let local =
        Executor::<1_000, SLOT>::leak().take().ok_or_else(|| io::Error::other("taken once"))?;
    wakeful_reactor::block_on(local.run_until(async {
        // What is made once is made, and a few places in the tables are left.
        let mut warm = Vec::new();
        for (far, near) in pairs.drain(..8) {
            far_ends.push(far);
            warm.push(echo(Async::try_from(near)?));
        }
        drop(warm);
        let count = pairs.len();
        let before = resident()?;
        for (far, near) in pairs {
            far_ends.push(far);
            let task = local.spawn(echo(Async::try_from(near)?));
            task.expect("a slot is free").detach();
        }
        yield_now().await; // they all wait now
        let grown = resident()? - before;
        println!("connection {}", grown as f64 / count as f64);
        local.clear();
        Ok(())
    }))
}

/// What a slot, an armed timer and a registered socket weigh.
fn bytes(count: usize) -> io::Result<()> {
    println!("slot {}", size_of::<Executor<2, 256>>() - size_of::<Executor<1, 256>>() - 256);
    wakeful_reactor::block_on(async {
        // First the few: where the many were, there would be room without asking the system.
        let sockets: Vec<_> = (0..count.min(400))
            .map(|_| std::net::UdpSocket::bind("127.0.0.1:0"))
            .collect::<io::Result<_>>()?;
        let mut sources = Vec::with_capacity(sockets.len());
        let before = resident()?;
        let weighed = sockets.len() as f64;
        for socket in sockets {
            sources.push(Async::new(socket)?);
        }
        println!("source {}", (resident()? - before) as f64 / weighed);
        let mut timers: Vec<Timer> = (0..count).map(|_| Timer::after(HOUR)).collect();
        let before = resident()?;
        for timer in &mut timers {
            once(timer).await;
        }
        println!("timer {}", (resident()? - before) as f64 / count as f64);
        Ok(())
    })
}

/// Bytes of this process's own memory that are there now: not the program's file, of which more and
/// more is mapped as it runs.
fn resident() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let kibibytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok());
    kibibytes
        .map(|kibibytes: u64| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("no count of anonymous pages"))
}
