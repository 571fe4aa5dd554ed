//! The same program as the tutorial wrote it: `asyncio.sleep(1)` without `await` (tutorial S2).
//!
//! The idea: calling an async function runs nothing. It gives a coroutine, and if nobody awaits
//! that, it is thrown away: the thread prints its ten lines at once, and only the main coroutine's
//! sleeps take time. Python warns ten times at run time; Rust warns once, when it compiles
//! (`unused_must_use`), and here the sleeps are thrown away in so many words.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{ThreadPool, block_on, sleep};

use super::run_in_executor::count;
use super::stage::{seconds, units};

pub static EXECUTOR: Executor<1, 512> = Executor::new();

pin_project! {
    /// A future that says so when it is dropped without ever having been awaited.
    struct Warns<'a, F> {
        awaited: bool,
        never_awaited: &'a Cell<u32>,
        #[pin]
        future: F,
    }

    impl<F> PinnedDrop for Warns<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            if !this.awaited {
                this.never_awaited.set(this.never_awaited.get() + 1);
            }
        }
    }
}

impl<F: Future> Future for Warns<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.awaited = true;
        this.future.poll(cx)
    }
}

/// Gives the sum, when it was done, and how many coroutines it threw away.
fn work(began: Instant, i: u32, j: u32) -> (u32, u64, u32) {
    let never_awaited = Cell::new(0);
    for k in 0..10 {
        drop(Warns { awaited: false, never_awaited: &never_awaited, future: sleep(seconds(1)) });
        println!("a----->> {k}");
    }
    println!("{i} {j}");
    (i + j, units(began), never_awaited.get())
}

async fn main() -> io::Result<()> {
    let began = Instant::now();
    let pool = ThreadPool::new(1).name("pool");
    let job = pool.run(move || work(began, 0, 1));
    let job = job.map_err(|_| io::Error::other("the pool refuses"))?;
    let n = count();
    let (result, done, warnings) = job.await.map_err(io::Error::other)?;
    println!("{n} {result}");
    println!("# a-stream over at unit {done}, all over at unit {}", units(began));
    println!("# never-awaited warnings = {warnings}");
    Ok(())
}

pub fn run(local: LocalExecutor<512>) -> io::Result<()> {
    let main = local.spawn(main()).expect("one slot");
    block_on(local.run_until(main))
}
