//! What the images share: how the core sleeps, the tick that SysTick counts, and how a run ends.
//!
//! This is all that wakeful needs from a board. A wake may come from any interrupt; it leaves the
//! core's event flag set, so a wake between the last poll and the sleep is not slept through.

#![no_std]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::asm;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_semihosting::{debug, hprintln};
use wakeful_executor::Park;

/// Ticks in a second of the machine's own time.
pub const TICKS: u64 = 100;

/// What SysTick counts down from. QEMU's machines are told apart by nothing that matters here, so
/// both get the lm3s6965evb's 12 MHz; on a board it is the core clock by [`TICKS`].
const RELOAD: u32 = 120_000 - 1;

static NOW: AtomicU32 = AtomicU32::new(0);

/// The core itself: WFE sleeps until there is an event, and SEV is one.
pub struct Core;

/// The one core there is.
pub static CORE: Core = Core;

impl Park for Core {
    fn park(&self) {
        asm::wfe();
    }

    fn unpark(&self) {
        asm::sev();
    }
}

/// Lets SysTick interrupt [`TICKS`] times a second.
pub fn start_ticks(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// The present tick.
pub fn now() -> u64 {
    u64::from(NOW.load(Ordering::Relaxed))
}

/// A tick has passed: what the SysTick handler says first. The tick that has begun.
pub fn tick() -> u64 {
    // The handler is the only writer, so that no read-modify-write is needed.
    let next = NOW.load(Ordering::Relaxed) + 1;
    NOW.store(next, Ordering::Relaxed);
    u64::from(next)
}

/// Ends QEMU with exit code 0.
pub fn succeed() -> ! {
    debug::exit(debug::EXIT_SUCCESS);
    rest()
}

/// Ends QEMU with exit code 1 and says why.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    rest()
}

fn rest() -> ! {
    loop {
        asm::wfe();
    }
}
