//! The floor: `block_on` and `join` by hand, as one would write them for this one program. It
//! polls all its futures at each wake, so that its cost grows with their number.

#![no_std]
#![no_main]

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use cortex_m_rt::entry;
use wakeful_size::{listen, ring_and_yield, yield_often};

static WOKEN: AtomicBool = AtomicBool::new(false);
static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, forget);

/// Eight more of the yielding futures, for what they cost by themselves.
#[cfg(feature = "eight-more")]
#[used]
static MORE: [AtomicBool; 8 * wakeful_size::bytes_of(&yields)] =
    [const { AtomicBool::new(false) }; 8 * wakeful_size::bytes_of(&yields)];

async fn yields() {
    yield_often!();
}

#[entry]
fn main() -> ! {
    let mut a = pin!(async {
        ring_and_yield!();
    });
    let mut b = pin!(yields());
    let mut c = pin!(async {
        listen!();
    });
    let (mut a_done, mut b_done, mut c_done) = (false, false, false);
    let mut join = pin!(poll_fn(|cx| {
        a_done = a_done || a.as_mut().poll(cx).is_ready();
        b_done = b_done || b.as_mut().poll(cx).is_ready();
        c_done = c_done || c.as_mut().poll(cx).is_ready();
        if a_done && b_done && c_done { Poll::Ready(()) } else { Poll::Pending }
    }));
    // SAFETY: the functions of the table ignore the pointer.
    let waker = unsafe { Waker::from_raw(clone(ptr::null())) };
    let mut cx = Context::from_waker(&waker);
    while join.as_mut().poll(&mut cx).is_pending() {
        while !WOKEN.load(Ordering::Relaxed) {
            cortex_m::asm::wfe();
        }
        WOKEN.store(false, Ordering::Relaxed);
    }
    loop {
        cortex_m::asm::wfe();
    }
}

fn clone(_: *const ()) -> RawWaker {
    RawWaker::new(ptr::null(), &VTABLE)
}

fn wake(_: *const ()) {
    WOKEN.store(true, Ordering::Relaxed);
    cortex_m::asm::sev();
}

fn forget(_: *const ()) {}
