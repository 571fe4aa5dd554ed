//! [`block_on_with`]: a loop around one future that sleeps the way the caller says.

#![allow(unsafe_code)] // Makes a waker out of a static.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

/// How a thread, or a whole microcontroller, sleeps until it is woken.
///
/// It is a sticky token: `unpark` leaves it, `park` waits for it and takes it. An `unpark` before
/// the `park` makes that `park` return at once, and several count as one. `park` may also return
/// for no reason. On an Arm core `WFE` and `SEV` are just that; `WFI` works with interrupts masked
/// around a flag; on a host, a condition variable with a flag.
///
/// `unpark` is called inside wakes: from any thread or interrupt, at any time. It must not block,
/// and must not panic.
///
/// See [`block_on_with`] for an example.
pub trait Park: Sync {
    /// Waits for the token and takes it.
    fn park(&self);

    /// Leaves the token.
    fn unpark(&self);
}

/// Polls `future` until it is ready, and parks in between.
///
/// ```
/// use core::sync::atomic::{AtomicBool, Ordering};
/// use wakeful_executor::{Park, block_on_with, yield_now};
///
/// /// Spins, which is all that a program without threads or interrupts can do.
/// struct Spin(AtomicBool);
///
/// impl Park for Spin {
///     fn park(&self) {
///         while !self.0.swap(false, Ordering::Acquire) {}
///     }
///     fn unpark(&self) {
///         self.0.store(true, Ordering::Release);
///     }
/// }
///
/// static SPIN: Spin = Spin(AtomicBool::new(false));
///
/// let answer = block_on_with(async { yield_now().await; 42 }, &SPIN);
/// assert_eq!(answer, 42);
/// ```
pub fn block_on_with<F: Future, P: Park>(future: F, park: &'static P) -> F::Output {
    // SAFETY: the functions are thread-safe because `P` is `Sync`, and the data is `'static`.
    let waker = unsafe { Waker::new(core::ptr::from_ref(park).cast(), vtable::<P>()) };
    poll_and_park(future, &waker, || park.park())
}

/// Polls `future` until it is ready, and parks in between.
pub(crate) fn poll_and_park<F: Future>(future: F, waker: &Waker, park: impl Fn()) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        park();
    }
}

/// The functions of a waker whose data is a static `P`, so that there is nothing to count. A constant
/// may get an address of its own wherever it is named, by which a waker and its clone would differ; so
/// it is named here alone.
#[inline(never)]
fn vtable<P: Park>() -> &'static RawWakerVTable {
    const {
        &RawWakerVTable::new(
            |park| RawWaker::new(park, vtable::<P>()),
            wake::<P>,
            wake::<P>,
            |_| {},
        )
    }
}

fn wake<P: Park>(park: *const ()) {
    // SAFETY: the pointer came from a `&'static P` in `block_on_with`.
    unsafe { &*park.cast::<P>() }.unpark();
}
