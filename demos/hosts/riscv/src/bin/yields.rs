//! How many instructions a yield takes: two tasks take turns, and the hart counts.

#![no_std]
#![no_main]

#[path = "../machine.rs"]
#[allow(dead_code)] // neither alarm nor button here
mod machine;

use core::fmt::Write;

use machine::Serial;
use riscv::register::minstret;
use riscv_rt::entry;
use wakeful_executor::{Executor, yield_now};

static EXECUTOR: Executor<2, 44> = Executor::new();
const _: () = assert!(size_of::<Executor<2, 44>>() <= 80 + 2 * (12 + 44)); // as FUTURE_SIZES.md says
const YIELDS: usize = 100_000;

/// What the machine's interrupt calls; the main program has a use for it.
fn on_button() {}

async fn turns(is_last: bool) {
    let begin = minstret::read();
    for _ in 0..YIELDS {
        yield_now().await;
    }
    if is_last {
        let _ = writeln!(Serial, "{}", (minstret::read() - begin) / (2 * YIELDS));
        machine::exit(true);
    }
}

#[entry]
fn main() -> ! {
    let local = EXECUTOR.take().expect("main runs once");
    for is_last in [false, true] {
        assert!(local.spawn_detached(turns(is_last)).is_ok());
    }
    local.run_with_idle(riscv::asm::wfi)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    machine::exit(false)
}
