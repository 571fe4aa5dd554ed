//! The work that every image of the size table does: two tasks that yield as often as they are
//! told, and one that waits for an interrupt.
//!
//! All that is here is the same in every image, down to the future that yields, so that the images
//! differ by their executors only. The last task to end ends the run by semihosting.
//!
//! - **rounds**: how often each yielding task yields. The script has QEMU put it at the end of
//!   RAM, so that one image runs with any number of rounds: the instructions of 2,000 rounds
//!   less those of 1,000, by 2,000 yields, are what a yield costs, start and end left out.
//! - **bell**: the interrupt's side of the third task. PendSV stands for the interrupt, since every
//!   Cortex-M has it and software can raise it at a known moment.

#![no_std]

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use cortex_m::interrupt::{self, Mutex};
use cortex_m::peripheral::SCB;

/// Past the RAM that the linker knows (`memory.x`), where nothing of the image lies.
const ROUNDS: *const u32 = 0x2000_3ff8 as *const u32;

/// Tasks that have not ended.
static LEFT: Mutex<Cell<u32>> = Mutex::new(Cell::new(3));

static BELL: Bell =
    Bell { rung: Mutex::new(Cell::new(false)), waiter: Mutex::new(Cell::new(None)) };

struct Bell {
    rung: Mutex<Cell<bool>>,
    waiter: Mutex<Cell<Option<Waker>>>,
}

/// The body of the task that rings the bell and then yields. The bodies are macros because
/// embassy's tasks are functions of one's own crate: a call in between would cost a future.
#[macro_export]
macro_rules! ring_and_yield {
    () => {
        $crate::ring();
        $crate::yield_often!();
    };
}

/// The body of the task that yields. Each yield is its own future, as it is written in programs.
#[macro_export]
macro_rules! yield_often {
    () => {
        for _ in 0..$crate::rounds() {
            $crate::Yield { yielded: false }.await;
        }
        $crate::ended();
    };
}

/// The body of the task that waits for the interrupt.
#[macro_export]
macro_rules! listen {
    () => {
        $crate::Rung.await;
        $crate::ended();
    };
}

/// The body of a task that keeps a frame of so many bytes across a yield: the mixed set of tasks has
/// six, of 8, 8, 16, 32, 200 and 500 bytes.
#[macro_export]
macro_rules! keep {
    ($bytes:literal) => {
        let mut frame = [1_u8; $bytes];
        core::hint::black_box(&mut frame);
        $crate::Yield { yielded: false }.await;
        core::hint::black_box(&mut frame);
    };
}

/// Raises the interrupt.
pub fn ring() {
    SCB::set_pendsv();
}

/// How often to yield.
pub fn rounds() -> u32 {
    // SAFETY: both machines have RAM there, and nothing else uses it (`memory.x`).
    unsafe { ROUNDS.read_volatile() }
}

/// How large the futures are that `make` makes.
pub const fn bytes_of<F, M: Fn() -> F>(_: &M) -> usize {
    size_of::<F>()
}

/// A yield, the same for all executors.
pub struct Yield {
    /// Whether it has.
    pub yielded: bool,
}

impl Future for Yield {
    type Output = ();

    // Inlined everywhere, so that the compiler's taste is not counted for or against anyone.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Waits for the bell.
pub struct Rung;

impl Future for Rung {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        interrupt::free(|cs| {
            if BELL.rung.borrow(cs).get() {
                return Poll::Ready(());
            }
            BELL.waiter.borrow(cs).set(Some(cx.waker().clone()));
            Poll::Pending
        })
    }
}

#[cortex_m_rt::exception]
fn PendSV() {
    let waiter = interrupt::free(|cs| {
        BELL.rung.borrow(cs).set(true);
        BELL.waiter.borrow(cs).take()
    });
    if let Some(waiter) = waiter {
        waiter.wake();
    }
}

/// A task has ended; the last one ends the run.
pub fn ended() {
    let left = interrupt::free(|cs| {
        let left = LEFT.borrow(cs);
        left.set(left.get() - 1);
        left.get()
    });
    if left == 0 {
        exit(0x2_0026);
    }
}

/// Ends QEMU: SYS_EXIT (0x18) with `reason`, of which 0x20026 means a success.
fn exit(reason: u32) -> ! {
    // SAFETY: the breakpoint is a semihosting call, which reads both registers and no memory.
    unsafe { core::arch::asm!("bkpt 0xab", in("r0") 0x18, in("r1") reason) };
    loop {
        cortex_m::asm::nop();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    exit(0x2_0023)
}
