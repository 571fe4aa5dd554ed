//! The work on wakeful-executor in its smallest form: no handles, no parent, WFE when idle.

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
        let _ = local.spawn_detached(async {
            ring_and_yield!();
        });
        let _ = local.spawn_detached(async {
            yield_often!();
        });
        let _ = local.spawn_detached(async {
            listen!();
        });
        local.run_with_idle(asm::wfe);
    }
    loop {
        asm::wfe();
    }
}
