//! The work on wakeful-executor under a supervisor that joins two tasks and drops one.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::Executor;
use wakeful_size::{listen, ring_and_yield, yield_often};

const TASKS: usize = 4 + 8 * cfg!(feature = "eight-more") as usize;

static EXECUTOR: Executor<TASKS, 128> = Executor::new();

#[entry]
fn main() -> ! {
    if let Some(local) = EXECUTOR.take() {
        let _ = local.spawn_detached(async move {
            let ringer = local.spawn(async {
                ring_and_yield!();
            });
            let yielder = local.spawn(async {
                yield_often!();
            });
            let listener = local.spawn(async {
                listen!();
            });
            if let Ok(ringer) = ringer {
                ringer.await;
            }
            if let Ok(yielder) = yielder {
                yielder.await;
            }
            drop(listener);
        });
        local.run_with_idle(asm::wfe);
    }
    loop {
        asm::wfe();
    }
}
