//! The executor on RISC-V without compare-and-swap, asleep in WFI between interrupts, without a
//! periodic tick: the machine timer's alarm is set to the next deadline.

#![no_std]
#![no_main]

mod machine;

use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use machine::{MS, Serial, now};
use riscv_rt::entry;
use wakeful_executor::sync::Signal;
use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, Park, block_on_with};

static EXECUTOR: Executor<4, 128> = Executor::new();
static TIMERS: TimerQueue<4> = TimerQueue::new();
static BUTTON: Signal<u64> = Signal::new();

/// Called in an interrupt.
pub fn on_button() {
    // It cannot be refused: one task takes and one interrupt sets.
    let _ = BUTTON.set(now() / MS);
}

async fn blink(start: u64) {
    for blink in 1..=3 {
        let deadline = start + blink * 60 * MS;
        TIMERS
            .sleep_until(deadline)
            .await
            .expect("a place for each task");
        let _ = writeln!(Serial, "blink {blink}, {} ms late", (now() - deadline) / MS);
    }
}

async fn press(start: u64) {
    for press in 1..=2 {
        TIMERS
            .sleep_until(start + press * 50 * MS)
            .await
            .expect("a place for each task");
        machine::press_button();
    }
}

async fn report(start: u64) {
    for _ in 0..2 {
        let pressed = TIMERS
            .timeout(start + 500 * MS, BUTTON.wait())
            .await
            .expect("in time");
        let _ = writeln!(Serial, "pressed at {} ms", pressed - start / MS);
    }
    let silence = TIMERS.timeout(now() + 80 * MS, BUTTON.wait()).await;
    let _ = writeln!(Serial, "no more presses: {}", silence.is_err());
    machine::exit(silence.is_err());
}

struct Wfi(AtomicBool);
static WFI: Wfi = Wfi(AtomicBool::new(false));
impl Park for Wfi {
    fn park(&self) {
        machine::set_alarm(TIMERS.expire(now()).unwrap_or(u64::MAX));
        riscv::interrupt::free(|| {
            if !self.0.load(Ordering::Relaxed) {
                riscv::asm::wfi();
            }
            self.0.store(false, Ordering::Relaxed);
        });
    }
    fn unpark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[entry]
fn main() -> ! {
    let local = EXECUTOR.take().expect("main runs once");
    machine::start();
    let start = now();
    let spawned = local.spawn(blink(start)).map(|t| t.detach()).is_ok()
        && local.spawn(press(start)).map(|t| t.detach()).is_ok()
        && local.spawn(report(start)).map(|t| t.detach()).is_ok();
    assert!(spawned, "there is a slot for each");
    match block_on_with(local.run(), &WFI) {}
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "{info}");
    machine::exit(false)
}
