//! How many instructions a yield takes: two tasks take turns, and QEMU's clock counts. Each of its
//! milliseconds is 15,625 instructions, by `-icount shift=6`. The clock's interrupt is counted too.

#![no_std]
#![no_main]

#[path = "../clock.rs"]
mod clock;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use embassy_time::Instant;
#[cfg(microbit)]
use nrf51_hal as _; // its table of interrupts
use wakeful_executor::{Executor, yield_now};

static EXECUTOR: Executor<2, 44> = Executor::new();
const _: () = assert!(size_of::<Executor<2, 44>>() <= 80 + 2 * (12 + 44)); // as FUTURE_SIZES.md says
const YIELDS: u64 = 100_000;

/// What the clock calls; the main program has a use for it.
fn on_button(_: u64) {}

async fn turns(is_last: bool) {
    let begin = Instant::now();
    for _ in 0..YIELDS {
        yield_now().await;
    }
    if is_last {
        let took = (Instant::now() - begin).as_millis();
        hprintln!("{}", took * 15_625 / (2 * YIELDS));
        debug::exit(debug::EXIT_SUCCESS);
    }
}

#[entry]
fn main() -> ! {
    let local = EXECUTOR.take().expect("main runs once");
    let core = cortex_m::Peripherals::take().expect("main runs once");
    clock::start(core.SYST);
    for is_last in [false, true] {
        assert!(local.spawn_detached(turns(is_last)).is_ok());
    }
    local.run_with_idle(cortex_m::asm::wfe)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
