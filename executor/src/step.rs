//! The step: what is compiled once for each type of task, and nothing else is.
//!
//! A slot keeps a pointer to its tenant's step. The waker and the context are made in here, not by
//! the caller, so that the compiler sees what the future does with them: a future that wakes itself
//! then calls the one function at once, and neither of the two is ever written to memory.

#![allow(unsafe_code)] // Uses the erased future in a slot as what it is.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::life::Life;
use crate::slot::{Act, HeaderRef};
use crate::waker;

/// The step for futures of type `F`.
///
/// # Safety
/// `body` holds an `F`, or in phase `Done` its output, which nobody else uses meanwhile. After a
/// call that returned `true` or dropped, it holds the output if the life says `wants_output`, and
/// otherwise nothing.
pub(crate) unsafe fn step<F: Future>(header: HeaderRef, body: *mut (), act: Act) -> bool {
    let future = body.cast::<F>();
    if act == Act::Drop {
        let is_output = header.life().is_done();
        header.live(Life::retire);
        if is_output {
            // SAFETY: the output lies here, and `retire` above keeps everybody else away.
            unsafe { body.cast::<F::Output>().drop_in_place() };
        } else {
            // SAFETY: the future lies here, likewise.
            unsafe { future.drop_in_place() };
        }
        return true;
    }
    // SAFETY: the future lies here, and phase `Polling` keeps everybody else away.
    let pinned = unsafe { &mut *future };
    // SAFETY: a pinned future must not move before it is dropped. The slot is static, and the
    // future leaves it only by the two `drop_in_place` of this function.
    let pinned = unsafe { Pin::new_unchecked(pinned) };
    let waker = waker::of(header);
    let Poll::Ready(output) = pinned.poll(&mut Context::from_waker(&waker)) else {
        return false;
    };
    header.live(Life::retire);
    // SAFETY: the future lies here, and `retire` keeps everybody else away.
    unsafe { future.drop_in_place() };
    if header.life().wants_output() {
        // SAFETY: the body is large enough and aligned (checked at compile time by `spawn`), and
        // now empty.
        unsafe { body.cast::<F::Output>().write(output) };
    }
    true
}
