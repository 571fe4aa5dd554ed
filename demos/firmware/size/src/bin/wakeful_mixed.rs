//! Six tasks of six sizes on wakeful-executor: slots for the two small ones, and a storage of its own,
//! as large as it is, for each of the others, whose slots hold a pointer.

#![no_std]
#![no_main]

use cortex_m::asm;
use cortex_m_rt::entry;
use wakeful_executor::{Executor, Park, Storage, block_on_with};
use wakeful_size::keep;

static EXECUTOR: Executor<6, 16> = Executor::new();
static THIRD: Storage<20> = Storage::new();
static FOURTH: Storage<36> = Storage::new();
static FIFTH: Storage<204> = Storage::new();
static SIXTH: Storage<504> = Storage::new();
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
        if let Ok(task) = local.spawn(async {
            keep!(8);
        }) {
            task.detach();
        }
        if let Ok(task) = local.spawn(async {
            keep!(8);
        }) {
            task.detach();
        }
        if let Ok(placed) = THIRD.place(async {
            keep!(16);
        }) {
            if let Ok(task) = local.spawn(placed) {
                task.detach();
            }
        }
        if let Ok(placed) = FOURTH.place(async {
            keep!(32);
        }) {
            if let Ok(task) = local.spawn(placed) {
                task.detach();
            }
        }
        if let Ok(placed) = FIFTH.place(async {
            keep!(200);
        }) {
            if let Ok(task) = local.spawn(placed) {
                task.detach();
            }
        }
        if let Ok(placed) = SIXTH.place(async {
            keep!(500);
        }) {
            if let Ok(task) = local.spawn(placed) {
                task.detach();
            }
        }
        match block_on_with(local.run(), &CORE) {}
    }
    loop {
        asm::wfe();
    }
}
