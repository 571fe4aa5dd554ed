//! The executor on RISC-V without compare-and-swap, asleep in WFI between interrupts, without a
//! periodic tick: the machine timer's alarm is set to the next deadline.

#![no_std]
#![no_main]

mod machine;

use core::fmt::Write;
use core::panic::PanicInfo;

use machine::{MS, Serial, now};
use riscv_rt::entry;
use wakeful_executor::sync::Signal;
use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, LocalExecutor};

static EXECUTOR: Executor<4, 124> = Executor::new();
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
        TIMERS.sleep_until(deadline).await.expect("a place for each task");
        let _ = writeln!(Serial, "blink {blink}, {} ms late", (now() - deadline) / MS);
    }
}

async fn press(start: u64) {
    for press in 1..=2 {
        TIMERS.sleep_until(start + press * 50 * MS).await.expect("a place for each task");
        machine::press_button();
    }
}

async fn report(start: u64) {
    for _ in 0..2 {
        let pressed = TIMERS.timeout(start + 500 * MS, BUTTON.wait()).await.expect("in time");
        let _ = writeln!(Serial, "pressed at {} ms", pressed - start / MS);
    }
    let silence = TIMERS.timeout(now() + 80 * MS, BUTTON.wait()).await;
    let _ = writeln!(Serial, "no more presses: {}", silence.is_err());
    machine::exit(silence.is_err());
}

/// Called whenever no task is ready; returns when one may be.
///
/// `expire` fires what is due and returns the next deadline, so the alarm needs no second call.
/// Then the race that WFI has: an interrupt may come between the look at the queue and the sleep,
/// and wake a task that nobody would run until the next interrupt. With interrupts masked it cannot
/// run there, but it still ends WFI, which waits for a *pending* interrupt; it runs after the mask.
fn idle(local: LocalExecutor<124>) {
    machine::set_alarm(TIMERS.expire(now()).unwrap_or(u64::MAX));
    riscv::interrupt::free(|| {
        if !local.has_ready() {
            riscv::asm::wfi();
        }
    });
}

#[entry]
fn main() -> ! {
    let local = EXECUTOR.take().expect("main runs once");
    machine::start();
    let start = now();
    let spawned = local.spawn_detached(blink(start)).is_ok()
        && local.spawn_detached(press(start)).is_ok()
        && local.spawn_detached(report(start)).is_ok();
    assert!(spawned, "there is a slot for each");
    local.run_with_idle(|| idle(local))
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "{info}");
    machine::exit(false)
}
