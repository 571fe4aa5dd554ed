//! The clock of embassy-time, over SysTick: a thousand interrupts a second. On a chip with a timer
//! that can be set to a deadline, the driver would set it to what `next_expiration` returns.

use core::cell::RefCell;
use core::task::Waker;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

/// The core's clock by a thousand: 16 MHz.
const RELOAD: u32 = 16_000 - 1;

struct Clock(Mutex<RefCell<Inner>>);

struct Inner {
    now: u64,
    timers: Queue,
}

time_driver_impl!(static CLOCK: Clock = Clock(Mutex::new(RefCell::new(Inner {
    now: 0,
    timers: Queue::new(),
}))));

impl Clock {
    fn with<R>(&self, work: impl FnOnce(&mut Inner) -> R) -> R {
        critical_section::with(|section: CriticalSection<'_>| {
            work(&mut self.0.borrow_ref_mut(section))
        })
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        self.with(|inner| inner.now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        self.with(|inner| inner.timers.schedule_wake(at, waker));
    }
}

pub fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

#[exception]
fn SysTick() {
    CLOCK.with(|inner| {
        inner.now += 1;
        inner.timers.next_expiration(inner.now);
        if inner.now % 50 == 0 {
            crate::on_button(inner.now);
        }
    });
}
