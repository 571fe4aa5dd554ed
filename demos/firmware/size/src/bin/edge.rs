//! The work on edge-executor, which allocates: from a bump allocator, the smallest there is. Its
//! `block_on` is a host's, so the one by hand drives it.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::future::{Future, pending};
use core::pin::pin;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, RawWaker, RawWakerVTable, Waker};

use cortex_m::interrupt::{self, Mutex};
use cortex_m_rt::entry;
use edge_executor::LocalExecutor;
use wakeful_size::{listen, ring_and_yield, yield_often};

const HEAP_BYTES: usize = 4096;

/// Hands out its bytes from the first to the last, and takes none back.
#[repr(align(8))]
struct Bump {
    heap: UnsafeCell<[u8; HEAP_BYTES]>,
    used: Mutex<Cell<usize>>,
}

// SAFETY: the bytes are handed out once each, and counted with interrupts off.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { heap: UnsafeCell::new([0; HEAP_BYTES]), used: Mutex::new(Cell::new(0)) };

static WOKEN: AtomicBool = AtomicBool::new(false);
static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, forget);

#[entry]
fn main() -> ! {
    let executor: LocalExecutor<'_, edge_executor::BoundQueue<8>> = LocalExecutor::new();
    executor
        .spawn(async {
            ring_and_yield!();
        })
        .detach();
    executor
        .spawn(async {
            yield_often!();
        })
        .detach();
    executor
        .spawn(async {
            listen!();
        })
        .detach();
    let mut run = pin!(executor.run(pending::<()>()));
    // SAFETY: the functions of the table ignore the pointer.
    let waker = unsafe { Waker::from_raw(clone(ptr::null())) };
    let mut cx = Context::from_waker(&waker);
    while run.as_mut().poll(&mut cx).is_pending() {
        while !WOKEN.load(Ordering::Relaxed) {
            cortex_m::asm::wfe();
        }
        WOKEN.store(false, Ordering::Relaxed);
    }
    loop {
        cortex_m::asm::wfe();
    }
}

// SAFETY: blocks do not overlap, since `used` only grows, and they are aligned up to the eight
// bytes of `Bump` itself.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        interrupt::free(|cs| {
            let used = self.used.borrow(cs);
            let start = used.get().next_multiple_of(layout.align());
            let end = start + layout.size();
            if end > HEAP_BYTES || layout.align() > 8 {
                return ptr::null_mut();
            }
            used.set(end);
            // SAFETY: `start` is inside the heap, as `end` is.
            unsafe { self.heap.get().cast::<u8>().add(start) }
        })
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

fn clone(_: *const ()) -> RawWaker {
    RawWaker::new(ptr::null(), &VTABLE)
}

fn wake(_: *const ()) {
    WOKEN.store(true, Ordering::Relaxed);
    cortex_m::asm::sev();
}

fn forget(_: *const ()) {}
