//! Small loops whose instructions callgrind counts, and figures of memory: `counted WORK COUNT`
//! does the work that often; `counted bytes COUNT` prints `name value` lines; `counted stepped 1`
//! has a signal's handler wake before every instruction.
//!
//! Nothing waits: valgrind before 3.20 does not know the reactor's `epoll_pwait2`.

mod stepped;

use std::cell::{Cell, RefCell};
use std::fs;
use std::future::poll_fn;
use std::hint::black_box;
use std::io;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use wakeful_executor::{Executor, LocalExecutor, block_on, yield_now};
use wakeful_reactor::{Async, Timer};

/// How many tasks yield or are woken.
const TASKS: usize = 100;
const HOUR: Duration = Duration::from_secs(3_600);

static EXECUTOR: Executor<128, 128> = Executor::new();

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [work, count] = &words[..] else {
        return Err(io::Error::other("counted WORK COUNT"));
    };
    let count: usize = count.parse().map_err(io::Error::other)?;
    let local = EXECUTOR
        .take()
        .ok_or_else(|| io::Error::other("taken once"))?;
    match work.as_str() {
        "spawn" => block_on(local.run_until(spawn(local, count))),
        "yield" => block_on(local.run_until(yields(local, count))),
        "wake" => block_on(local.run_until(wakes(local, count))),
        "timer" => wakeful_reactor::block_on(timers(count)),
        "bytes" => bytes(count)?,
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        "stepped" => stepped::run(local)?,
        other => return Err(io::Error::other(format!("no work is called {other}"))),
    }
    Ok(())
}

async fn spawn(local: LocalExecutor<128>, count: usize) {
    for index in 0..count {
        let task = local
            .spawn(async move { black_box(index) })
            .expect("a slot is free");
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

/// What a slot, an armed timer and a registered socket weigh.
fn bytes(count: usize) -> io::Result<()> {
    println!(
        "slot {}",
        size_of::<Executor<2, 256>>() - size_of::<Executor<1, 256>>() - 256
    );
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

/// Bytes of this process that are in memory now.
fn resident() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let kibibytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok());
    kibibytes
        .map(|kibibytes: u64| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("no Rss"))
}
