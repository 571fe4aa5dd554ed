//! The work on wakeful-executor with handles that are detached, blocked on by WFE and SEV.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::{Executor, Park, block_on_with};
use wakeful_size::{listen, ring_and_yield, yield_often};

const TASKS: usize = 3 + 8 * cfg!(feature = "eight-more") as usize;

static EXECUTOR: Executor<TASKS, 16> = Executor::new();
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
        match block_on_with(local.run(), &CORE) {}
    }
    loop {
        asm::wfe();
    }
}
