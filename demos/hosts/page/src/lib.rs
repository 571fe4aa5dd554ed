//! The executor in a web page, polled by the browser's own event loop. No wasm-bindgen: the page
//! calls seven exports, and the module imports six functions (`browser::js`).
//!
//! One wake, from end to end: `setTimeout` fires and the page calls [`event`]. The event's signal
//! wakes the task that waits for it; the executor was idle, so it wakes its parent, [`microtask`].
//! That waker asks the browser for a microtask, and the microtask calls [`run`], which polls.
//! Nothing is polled inside the wake.

#![no_std]

mod browser;
mod tasks;

use core::cell::Cell;
use core::ptr;
use core::task::{Context, RawWaker, RawWakerVTable, Waker};

use browser::{Watch, js};
use wakeful_executor::sync::Signal;
use wakeful_executor::{Executor, LocalExecutor, Task};

/// All the memory that the tasks get: eight slots of 256 bytes.
static EXECUTOR: Executor<8, 256> = Executor::new();

/// The executor's handle. The browser's callbacks carry no argument of ours, so each asks here.
pub fn local() -> LocalExecutor<256> {
    // SAFETY: all of the executor's users must be on one thread, and this module has one.
    unsafe { EXECUTOR.steal() }
}

/// What the page keeps for each of its tasks, by the task's number.
pub struct Place {
    /// The future of the task exists.
    pub is_used: Cell<bool>,
    /// The handle, unless a parent task has it.
    pub task: Cell<Option<Task<()>>>,
    /// The waker of its last poll, for the page's `wake` button.
    pub waker: Cell<Option<Waker>>,
    /// What the browser has to tell it: a timer has fired, a response has come.
    pub event: Signal<i32>,
}

pub static PLACES: OneThread<[Place; 8]> = OneThread(
    [const {
        Place {
            is_used: Cell::new(false),
            task: Cell::new(None),
            waker: Cell::new(None),
            event: Signal::new(),
        }
    }; 8],
);

/// A static of a program that has one thread.
pub struct OneThread<T>(pub T);

// SAFETY: a shared static must not be used by two threads at once. This module is built without
// WebAssembly's threads, so there is only one.
unsafe impl<T> Sync for OneThread<T> {}

/// Called once by the page, before all others.
#[unsafe(no_mangle)]
extern "C" fn start() {
    local().observe(&Watch);
}

/// Spawns a task of one of the kinds in `tasks`; its number, or -1 if the executor is full.
#[unsafe(no_mangle)]
extern "C" fn spawn(kind: u32) -> i32 {
    let Some((place, task)) = tasks::spawn(kind) else {
        return -1;
    };
    PLACES.0[place].task.set(Some(task));
    place as i32
}

/// Drops the task's handle, and so its future. A child's handle is its parent's: 0 for "not here".
#[unsafe(no_mangle)]
extern "C" fn cancel(place: usize) -> i32 {
    i32::from(PLACES.0[place].task.take().is_some())
}

/// Wakes the task, whatever it is waiting for.
#[unsafe(no_mangle)]
extern "C" fn wake(place: usize) {
    if let Some(waker) = PLACES.0[place].waker.take() {
        waker.wake();
    }
}

/// A timer has fired, or a response has come.
#[unsafe(no_mangle)]
extern "C" fn event(place: usize, value: i32) {
    let _ = PLACES.0[place].event.set(value);
}

/// Polls every task that is ready, then returns to the browser. Called in a microtask.
#[unsafe(no_mangle)]
extern "C" fn run() {
    let waker = microtask();
    let _ = local().poll_run(&mut Context::from_waker(&waker));
}

/// Polls one task, for the page's `step` button; 1 if more are ready.
#[unsafe(no_mangle)]
extern "C" fn step() -> i32 {
    i32::from(local().tick(1).more)
}

/// The executor's parent: a waker that asks the page for a call of [`run`].
fn microtask() -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| {});
    fn clone(_: *const ()) -> RawWaker {
        RawWaker::new(ptr::null(), &VTABLE)
    }
    fn wake(_: *const ()) {
        js::ask_for_run();
    }
    // SAFETY: a waker's functions must be safe to call anywhere; these ignore the pointer.
    unsafe { Waker::from_raw(clone(ptr::null())) }
}

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
