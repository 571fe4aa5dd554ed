//! The work on lilos, whose tasks live on `main`'s stack and are known when it starts. They never
//! end, so each of them goes on waiting for nothing.

#![no_std]
#![no_main]

use core::convert::Infallible;
use core::future::{Future, pending};
use core::pin::{Pin, pin};

use cortex_m_rt::entry;
use lilos::exec::{ALL_TASKS, run_tasks};
use wakeful_size::{listen, ring_and_yield, yield_often};

#[entry]
fn main() -> ! {
    let a = pin!(async {
        ring_and_yield!();
        pending().await
    });
    let b = pin!(async {
        yield_often!();
        pending().await
    });
    let c = pin!(async {
        listen!();
        pending().await
    });
    let mut tasks: [Pin<&mut dyn Future<Output = Infallible>>; 3] = [a, b, c];
    run_tasks(&mut tasks, ALL_TASKS)
}
