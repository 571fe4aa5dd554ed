//! Two executors at two interrupt priorities: whatever the lower one's tasks do, the higher one's
//! run when they are woken.
//!
//! The lower executor is `main`'s. The higher one is PendSV's handler: its wakes raise PendSV, and
//! the handler polls what was woken, on top of whatever it interrupts. SysTick is above both.
//!
//! The lower task here computes for a long time and never awaits. On one executor nothing else
//! would run; here the higher task runs every hundredth of a second in the middle of it.

#![no_std]
#![no_main]

use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, RawWaker, RawWakerVTable, Waker};

use cortex_m::Peripherals;
use cortex_m::peripheral::SCB;
use cortex_m::peripheral::scb::SystemHandler;
use cortex_m_rt::{entry, exception};
use cortex_m_semihosting::hprintln;
use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, LocalExecutor, block_on_with};
use wakeful_firmware::{CORE, now, start_ticks, succeed, tick};

static LOW: Executor<1, 132> = Executor::new();
static HIGH: Executor<1, 132> = Executor::new();
static TIMERS: TimerQueue<1> = TimerQueue::new();

/// How often the higher task has run.
static RUNS: AtomicU32 = AtomicU32::new(0);

/// More steps than three ticks take, so that a run in which nothing preempts ends, and fails.
const MOST_STEPS: u32 = 10_000_000;

async fn compute() {
    hprintln!("low: begins, and will not await");
    let mut steps = 0_u32;
    while RUNS.load(Ordering::Relaxed) < 3 {
        steps += 1;
        if steps == MOST_STEPS {
            panic!("the higher executor has not preempted");
        }
    }
    hprintln!("low: ends");
}

async fn react() {
    loop {
        if TIMERS.sleep_until(now() + 1).await.is_err() {
            panic!("there is a place in TIMERS");
        }
        let run = RUNS.load(Ordering::Relaxed) + 1;
        RUNS.store(run, Ordering::Relaxed);
        hprintln!("high: run {}", run);
    }
}

#[entry]
fn main() -> ! {
    let (Some(low), Some(mut board)) = (LOW.take(), Peripherals::take()) else {
        panic!("main is called once");
    };
    // SAFETY: a priority may be changed if no critical section is built on it; there is none.
    unsafe { board.SCB.set_priority(SystemHandler::SysTick, 0x00) };
    // SAFETY: likewise. PendSV is below SysTick and, being an interrupt, above `main`.
    unsafe { board.SCB.set_priority(SystemHandler::PendSV, 0xc0) };
    SCB::set_pendsv();
    start_ticks(board.SYST);
    let Ok(task) = low.spawn(compute()) else {
        panic!("there is a slot");
    };
    block_on_with(low.run_until(task), &CORE);
    succeed()
}

#[exception]
fn SysTick() {
    TIMERS.expire(tick());
}

#[exception]
fn PendSV() {
    // cortex-m-rt gives a handler its own state: only PendSV ever sees this executor.
    static mut LOCAL: Option<LocalExecutor<132>> = None;
    let local = LOCAL.get_or_insert_with(|| {
        let Some(local) = HIGH.take() else {
            panic!("only PendSV takes HIGH");
        };
        match local.spawn(react()) {
            Ok(task) => task.detach(),
            Err(_) => panic!("there is a slot"),
        }
        local
    });
    let waker = pend();
    let _ = local.poll_run(&mut Context::from_waker(&waker));
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, ignore);

/// A waker that raises PendSV, from wherever it is woken.
fn pend() -> Waker {
    // SAFETY: the functions ignore the pointer and may be called from anywhere.
    unsafe { Waker::new(ptr::null(), &VTABLE) }
}

fn clone(_: *const ()) -> RawWaker {
    RawWaker::new(ptr::null(), &VTABLE)
}

fn wake(_: *const ()) {
    SCB::set_pendsv();
}

fn ignore(_: *const ()) {}
