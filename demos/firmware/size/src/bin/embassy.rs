//! The work on embassy-executor, in thread mode.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use cortex_m_rt::entry;
use embassy_executor::{Executor, task};

static mut EXECUTOR: MaybeUninit<Executor> = MaybeUninit::uninit();

const AT_ONCE: usize = 1 + 8 * cfg!(feature = "eight-more") as usize;

#[task]
async fn ringer() {
    wakeful_size::ring_and_yield!();
}

#[task(pool_size = AT_ONCE)]
async fn yields() {
    wakeful_size::yield_often!();
}

#[task]
async fn listener() {
    wakeful_size::listen!();
}

#[entry]
fn main() -> ! {
    // SAFETY: `main` runs once, and nothing else names the static.
    let executor = unsafe { (*&raw mut EXECUTOR).write(Executor::new()) };
    executor.run(|spawner| {
        if let Ok(token) = ringer() {
            spawner.spawn(token);
        }
        if let Ok(token) = yields() {
            spawner.spawn(token);
        }
        if let Ok(token) = listener() {
            spawner.spawn(token);
        }
    })
}
