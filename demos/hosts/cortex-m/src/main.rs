//! The executor on a Cortex-M0 and a Cortex-M3, with embassy's timers and channels, and a HAL.
//!
//! One task ticks by embassy-time, one takes what an interrupt signals and sends it through a channel
//! of embassy-sync, one receives it there, or gives up. On the micro:bit a fourth uses the chip by
//! its HAL. When nothing is ready the core sleeps in WFE, which returns at once if an interrupt has
//! come since the last one, so no wake is slept through.

#![no_std]
#![no_main]

mod clock;
#[cfg(microbit)]
mod microbit;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Instant, Ticker, with_timeout};
use wakeful_executor::Executor;
use wakeful_executor::sync::Signal;

static EXECUTOR: Executor<4, 188> = Executor::new();

/// From the interrupt to a task: the newest value.
static BUTTON: Signal<u64> = Signal::new();

/// From task to task, or from anywhere: embassy's, which waits when it is full.
static PRESSES: Channel<CriticalSectionRawMutex, u64, 2> = Channel::new();

/// Called in the SysTick interrupt, which stands for a button's here.
fn on_button(now: u64) {
    // It cannot be refused: one task takes and one interrupt sets.
    let _ = BUTTON.set(now);
}

async fn blink() {
    let mut ticker = Ticker::every(Duration::from_millis(60));
    for blink in 1..=3 {
        ticker.next().await;
        hprintln!("blink {} at {} ms", blink, Instant::now().as_millis());
    }
}

async fn debounce() {
    for _ in 0..3 {
        PRESSES.send(BUTTON.wait().await).await;
    }
}

async fn report() {
    while let Ok(press) = with_timeout(Duration::from_millis(80), PRESSES.receive()).await {
        hprintln!("pressed at {} ms", press);
    }
    hprintln!("no more presses");
    debug::exit(debug::EXIT_SUCCESS);
}

#[entry]
fn main() -> ! {
    let local = EXECUTOR.take().expect("main runs once");
    let core = cortex_m::Peripherals::take().expect("main runs once");
    clock::start(core.SYST);
    let spawned = local.spawn_detached(blink()).is_ok()
        && local.spawn_detached(debounce()).is_ok()
        && local.spawn_detached(report()).is_ok();
    #[cfg(microbit)]
    let spawned = spawned
        && nrf51_hal::pac::Peripherals::take()
            .is_some_and(|chip| local.spawn_detached(microbit::dice(chip)).is_ok());
    assert!(spawned, "there is a slot for each");
    local.run_with_idle(cortex_m::asm::wfe)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
