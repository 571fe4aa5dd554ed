//! The work on wakeful-executor with handles that are detached, WFE when idle.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::Executor;
use wakeful_size::{listen, ring_and_yield, yield_often};

const TASKS: usize = 3 + 8 * cfg!(feature = "eight-more") as usize;

static EXECUTOR: Executor<TASKS, 16> = Executor::new();

#[entry]
fn main() -> ! {
    if let Some(local) = EXECUTOR.take() {
        if let Ok(task) = local.spawn(async {
            ring_and_yield!();
        }) {
            task.detach();
        }
        if let Ok(task) = local.spawn(async {
            yield_often!();
        }) {
            task.detach();
        }
        if let Ok(task) = local.spawn(async {
            listen!();
        }) {
            task.detach();
        }
        local.run_with_idle(asm::wfe);
    }
    loop {
        asm::wfe();
    }
}
