//! Promises 3 and 9, as far as they speak of memory: what waking does to the heap (nothing), and
//! what an executor costs. The allocator counts by thread, so tests may run side by side.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_lite::future::yield_now;
use wakeful_executor::Executor;
use wakeful_tests::trace::fresh;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    // A thread that ends may still free.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// How often `work` uses the heap, on this thread.
fn heap_uses(work: impl FnOnce()) -> usize {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

#[test]
fn the_allocator_counts() {
    assert_eq!(heap_uses(|| drop(Box::new(5))), 2);
}

#[test]
fn promise_3_waking_allocates_and_frees_nothing_from_any_thread() {
    let local = fresh::<4, 64>();
    let slot = Cell::new(None);
    let mut run = pin!(local.run_until(poll_fn(|cx| {
        slot.set(Some(cx.waker().clone()));
        Poll::<()>::Pending
    })));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut cx).is_pending());
    let waker = slot.take().expect("main was polled");
    let here = heap_uses(|| {
        for _ in 0..100 {
            waker.wake_by_ref();
            let clone = waker.clone();
            assert!(clone.will_wake(&waker));
            clone.wake();
            drop(waker.clone());
            let _ = run.as_mut().poll(&mut cx);
        }
    });
    assert_eq!(here, 0);
    let elsewhere = std::thread::spawn(move || heap_uses(|| waker.wake()))
        .join()
        .expect("waking does not panic");
    assert_eq!(elsewhere, 0);
}

#[test]
fn promise_9_tasks_come_and_go_without_the_heap() {
    static EXECUTOR: Executor<8, 128> = Executor::new();
    let mut polled = 0;
    let uses = heap_uses(|| {
        let local = EXECUTOR.take().expect("taken once");
        for round in 0..50 {
            let joined = local.spawn(async move {
                yield_now().await;
                round
            });
            let Ok(joined) = joined else { return };
            let Ok(cancelled) = local.spawn(pending::<()>()) else { return };
            let Ok(detached) = local.spawn(async {}) else { return };
            detached.detach();
            let mut run = pin!(local.run_until(joined));
            let mut cx = Context::from_waker(Waker::noop());
            while run.as_mut().poll(&mut cx).is_pending() {}
            let _ = cancelled.cancel();
            polled += 1;
        }
    });
    assert_eq!((uses, polled), (0, 50));
}

/// A gigabyte of tasks, which costs the program's file nothing.
static LARGE: Executor<1_000_000, 1_000> = Executor::new();

#[test]
fn promise_9_an_executor_is_all_zeros_and_take_touches_no_slot() {
    let whole = size_of_val(&LARGE);
    assert!(whole > 1_000_000_000);
    let program = std::env::current_exe().expect("a program");
    let file = std::fs::metadata(program).expect("its file").len();
    assert!((file as usize) < whole, "it lies in the file, not in .bss");
    let before = resident_bytes();
    let local = LARGE.take().expect("taken once");
    local.spawn(async {}).expect("there is room").detach();
    assert_eq!(local.tick(9).completed, 1);
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 10_000_000, "{grown} bytes touched");
}

#[test]
fn a_million_slots_cost_nothing_until_they_are_used() {
    let before = resident_bytes();
    let local = Executor::<1_000_000, 512>::leak().take().expect("taken once");
    let task = local.spawn(async { 1 }).expect("there is room");
    assert_eq!(futures_lite::future::block_on(local.run_until(task)), 1);
    assert_eq!(local.capacity(), 1_000_000);
    let grown = resident_bytes().saturating_sub(before);
    // 560 MB of address space; a few pages of it were touched.
    assert!(grown < 16 << 20, "{grown} bytes became resident");
}

/// What the system has given this process.
#[cfg(target_os = "linux")]
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    4096 * pages.unwrap_or(0_usize)
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> usize {
    0
}

#[test]
fn promise_9_memory_is_what_the_type_says() {
    let small = size_of::<Executor<200, 64>>() - size_of::<Executor<100, 64>>();
    let large = size_of::<Executor<200, 256>>() - size_of::<Executor<100, 256>>();
    assert_eq!(large - small, 100 * (256 - 64));
    // With 8-byte pointers 48 bytes besides the future, and 16 more for the observer's numbers.
    if cfg!(target_pointer_width = "64") {
        assert!(small <= 100 * (64 + 48 + 16), "{small} bytes for 100 of 64");
    }
}

#[test]
fn spawn_any_uses_the_heap_for_what_is_too_large_or_too_aligned_and_for_nothing_else() {
    #[repr(align(64))]
    struct Aligned(u8);

    // Slots beyond the first, so that what does not fit would spill into memory of ours.
    static EXECUTOR: Executor<64, 64> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let mut uses = Vec::with_capacity(3);
    uses.push(heap_uses(|| {
        drop(local.spawn_any(ready(7_u64)));
    }));
    uses.push(heap_uses(|| {
        let large = [1_u8; 512];
        let reading = async move {
            yield_now().await;
            large.len()
        };
        drop(local.spawn_any(reading));
    }));
    uses.push(heap_uses(|| {
        let aligned = Aligned(3);
        let reading = async move {
            yield_now().await;
            let _ = &aligned;
            aligned.0
        };
        drop(local.spawn_any(reading));
    }));
    assert_eq!(uses, [0, 2, 2]);
}
