//! The executor as a static library with a C interface, `wakeful.h`.
//!
//! The C program owns the loop and sleeps in `poll(2)`. It learns that it must not sleep, or must
//! wake up, from the waker that [`wk_run`] gives to `poll_run`: that one calls `wk_notify`, which
//! the program defines and which writes a byte to a pipe. (A loop that never sleeps could call
//! `tick` instead, and needs no waker at all.)

#![no_std]

mod tasks;

use core::ffi::{c_int, c_void};
use core::future::poll_fn;
use core::mem::ManuallyDrop;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, LocalExecutor};

static EXECUTOR: Executor<8, 128> = Executor::new();
pub static TIMERS: TimerQueue<8> = TimerQueue::new();

/// The executor's handle, for functions that C calls without one.
pub fn local() -> LocalExecutor<128> {
    // SAFETY: all of the executor's users must be on one thread. Whoever comes here is called by C on
    // one thread, as the header says.
    unsafe { EXECUTOR.steal() }
}

/// `wk_waker`: a task's waker as C keeps it. The executor's wakers count nothing when they are
/// cloned and dropped, so a copy of the two words is a clone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CWaker {
    task: *const c_void,
    table: *const c_void,
}

impl CWaker {
    pub fn of(waker: &Waker) -> Self {
        Self { task: waker.data().cast(), table: core::ptr::from_ref(waker.vtable()).cast() }
    }
}

unsafe extern "C" {
    safe fn wk_notify();
    pub safe fn wk_readable(fd: c_int, waker: CWaker) -> bool;
    pub fn wk_print(text: *const u8, length: usize);
    fn abort() -> !;
}

#[unsafe(no_mangle)]
extern "C" fn wk_run() -> bool {
    let waker = parent();
    let _ = local().poll_run(&mut Context::from_waker(&waker));
    !local().is_empty()
}

#[unsafe(no_mangle)]
extern "C" fn wk_expire(now_ms: u64) -> i64 {
    match TIMERS.expire(now_ms) {
        Some(deadline) => deadline.saturating_sub(now_ms).try_into().unwrap_or(i64::MAX),
        None => -1,
    }
}

/// # Safety
/// `waker` came from this library.
#[unsafe(no_mangle)]
unsafe extern "C" fn wk_wake(waker: CWaker) {
    // SAFETY: a reference needs a live table; this one is a waker's, and those are `'static`.
    let table = unsafe { &*waker.table.cast::<RawWakerVTable>() };
    // SAFETY: the words are those of a waker of a task. Its clones are not counted, so one more is
    // as good as the first; and it is not dropped, as the words stay C's.
    let waker = ManuallyDrop::new(unsafe { Waker::new(waker.task.cast(), table) });
    waker.wake_by_ref();
}

/// # Safety
/// `poll` may be called with `context` until it returns true.
#[unsafe(no_mangle)]
unsafe extern "C" fn wk_spawn(
    poll: unsafe extern "C" fn(*mut c_void, CWaker) -> bool,
    context: *mut c_void,
) -> bool {
    spawn(poll_fn(move |cx| {
        // SAFETY: the caller of `wk_spawn` promised it.
        match unsafe { poll(context, CWaker::of(cx.waker())) } {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }))
}

#[unsafe(no_mangle)]
extern "C" fn wk_spawn_ticker(period_ms: u32, times: u32, now_ms: u64) -> bool {
    spawn(tasks::ticker(period_ms.into(), times, now_ms))
}

#[unsafe(no_mangle)]
extern "C" fn wk_spawn_reader(fd: c_int) -> bool {
    spawn(tasks::reader(fd))
}

fn spawn(future: impl Future<Output = ()> + 'static) -> bool {
    local().spawn_detached(future).is_ok()
}

/// The waker of the C program's loop: there is one, so its data is nothing.
fn parent() -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| {});
    fn clone(_: *const ()) -> RawWaker {
        RawWaker::new(core::ptr::null(), &VTABLE)
    }
    fn wake(_: *const ()) {
        wk_notify();
    }
    // SAFETY: a waker's functions must be safe to call from any thread, and `wk_notify` is.
    unsafe { Waker::from_raw(clone(core::ptr::null())) }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    tasks::print(format_args!("{info}"));
    // SAFETY: it can always be called.
    unsafe { abort() }
}
