//! A task fed by an interrupt: SysTick stands for a sensor that has a reading every hundredth of a
//! second, and the task adds readings up as they come.
//!
//! `Signal` keeps the newest value only. Every third time the sensor is read twice in a row, before
//! the task can run, and then the older reading is gone: an interrupt never waits for a task.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cortex_m::Peripherals;
use cortex_m_rt::{entry, exception};
use cortex_m_semihosting::hprintln;
use wakeful_executor::sync::Signal;
use wakeful_executor::{Executor, block_on_with};
use wakeful_firmware::{CORE, start_ticks, succeed, tick};

static EXECUTOR: Executor<1, 132> = Executor::new();
static READING: Signal<u64> = Signal::new();

async fn add_up(count: u32) -> u64 {
    let mut sum = 0;
    for _ in 0..count {
        let reading = READING.wait().await;
        sum += reading;
        hprintln!("reading {} sum {}", reading, sum);
    }
    sum
}

#[entry]
fn main() -> ! {
    let (Some(local), Some(board)) = (EXECUTOR.take(), Peripherals::take()) else {
        panic!("main is called once");
    };
    let Ok(task) = local.spawn(add_up(6)) else {
        panic!("there is a slot");
    };
    start_ticks(board.SYST);
    let sum = block_on_with(local.run_until(task), &CORE);
    hprintln!("sum of the readings that arrived: {}", sum);
    succeed()
}

#[exception]
fn SysTick() {
    let now = tick();
    if now % 3 == 0 {
        set(now * 10 - 1);
    }
    set(now * 10);
}

fn set(reading: u64) {
    if READING.set(reading).is_err() {
        panic!("a signal has cells for a task and an interrupt at least");
    }
}
