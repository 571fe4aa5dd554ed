//! Six tasks of six sizes on wakeful-executor: slots for the small ones, and a storage of its own for
//! each of the two large ones, whose slots hold a pointer.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::{Executor, Park, Storage, block_on_with};
use wakeful_size::keep;

#[cfg(feature = "wakeful-m0")]
use portable_atomic as _;

static EXECUTOR: Executor<6, 40> = Executor::new();
static LARGE: Storage<208> = Storage::new();
static LARGEST: Storage<512> = Storage::new();
static CORE: Event = Event;

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
        let _ = local
            .spawn(async {
                keep!(8);
            })
            .map(|task| task.detach());
        let _ = local
            .spawn(async {
                keep!(8);
            })
            .map(|task| task.detach());
        let _ = local
            .spawn(async {
                keep!(16);
            })
            .map(|task| task.detach());
        let _ = local
            .spawn(async {
                keep!(32);
            })
            .map(|task| task.detach());
        if let Ok(large) = LARGE.place(async {
            keep!(200);
        }) {
            let _ = local.spawn(large).map(|task| task.detach());
        }
        if let Ok(largest) = LARGEST.place(async {
            keep!(500);
        }) {
            let _ = local.spawn(largest).map(|task| task.detach());
        }
        match block_on_with(local.run(), &CORE) {}
    }
    loop {
        asm::wfe();
    }
}
