//! The tutorials' hello by async and await, without an operating system: three tasks greet, sleep
//! 0, 1 and 2 seconds at the same time, and say goodbye.
//!
//! Python's loop waits in `select` for the next deadline. Here the loop is a `TimerQueue`, which
//! knows no clock: SysTick interrupts a hundred times a second and tells it the tick, and between
//! interrupts the core sleeps.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cortex_m::Peripherals;
use cortex_m_rt::{entry, exception};
use cortex_m_semihosting::hprintln;
use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, Task, block_on_with};
use wakeful_firmware::{CORE, TICKS, now, start_ticks, succeed, tick};

// 132 is 4 more than a multiple of 8, so that the deadlines, of 8 bytes each, are aligned.
static EXECUTOR: Executor<3, 132> = Executor::new();
static TIMERS: TimerQueue<3> = TimerQueue::new();

async fn serve(number: u64) {
    hprintln!("Hello {} now = {} s", number, now() / TICKS);
    if TIMERS.sleep_until(now() + number * TICKS).await.is_err() {
        panic!("there is a place in TIMERS for each task");
    }
    hprintln!("Bye.. {} now = {} s", number, now() / TICKS);
}

#[entry]
fn main() -> ! {
    let (Some(local), Some(board)) = (EXECUTOR.take(), Peripherals::take()) else {
        panic!("main is called once");
    };
    start_ticks(board.SYST);
    let tasks: [Task<()>; 3] = [0, 1, 2].map(|number| match local.spawn(serve(number)) {
        Ok(task) => task,
        Err(_) => panic!("there is a slot for each task"),
    });
    block_on_with(
        local.run_until(async {
            for task in tasks {
                task.await;
            }
        }),
        &CORE,
    );
    succeed()
}

#[exception]
fn SysTick() {
    TIMERS.expire(tick());
}
