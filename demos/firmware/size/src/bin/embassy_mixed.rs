//! Six tasks of six sizes on embassy-executor: a pool for each, as large as its task.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use cortex_m_rt::entry;
use embassy_executor::{Executor, task};
use wakeful_size::keep;

static mut EXECUTOR: MaybeUninit<Executor> = MaybeUninit::uninit();

#[task]
async fn a() {
    keep!(8);
}

#[task]
async fn b() {
    keep!(8);
}

#[task]
async fn c() {
    keep!(16);
}

#[task]
async fn d() {
    keep!(32);
}

#[task]
async fn e() {
    keep!(200);
}

#[task]
async fn f() {
    keep!(500);
}

#[entry]
fn main() -> ! {
    // SAFETY: `main` runs once, and nothing else names the static.
    let executor = unsafe { (*&raw mut EXECUTOR).write(Executor::new()) };
    executor.run(|spawner| {
        let _ = a().map(|token| spawner.spawn(token));
        let _ = b().map(|token| spawner.spawn(token));
        let _ = c().map(|token| spawner.spawn(token));
        let _ = d().map(|token| spawner.spawn(token));
        let _ = e().map(|token| spawner.spawn(token));
        let _ = f().map(|token| spawner.spawn(token));
    })
}
