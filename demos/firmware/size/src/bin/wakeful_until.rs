//! The supervisor of `wakeful_joined` as the main future of `run_until`, blocked on by WFE and SEV.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::{Executor, Park, block_on_with};
use wakeful_size::{listen, ring_and_yield, yield_often};

const TASKS: usize = 4 + 8 * cfg!(feature = "eight-more") as usize;

static EXECUTOR: Executor<TASKS, 128> = Executor::new();
static CORE: Event = Event;

/// The processor's own event flag, which SEV and every interrupt's return leave, and WFE takes.
struct Event;

impl Park for Event {
    fn park(&self) {
        asm::wfe();
    }

    fn unpark(&self) {
        asm::sev();
    }
}

#[entry]
fn main() -> ! {
    if let Some(local) = EXECUTOR.take() {
        let supervisor = async move {
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
        };
        block_on_with(local.run_until(supervisor), &CORE);
    }
    loop {
        asm::wfe();
    }
}
