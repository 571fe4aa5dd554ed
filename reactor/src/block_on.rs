//! The loop: poll the future; if it was woken meanwhile, poll it again; if not, take a turn of the
//! reactor.

use crate::park_state::{self, ParkState};
use crate::reactor::{self, Reactor, Remote};
use std::task::{self, Context, Poll, Waker};
use std::{io, pin::pin, sync::Arc, sync::atomic::Ordering};

/// After so many polls and turns without a look, the system is asked for events even though the
/// future was woken. A look costs a tenth of a microsecond, which does not show beside eight polls
/// of an executor's run.
const STEPS_WITHOUT_A_LOOK: u32 = 8;

/// What the waker of a `block_on` points at.
struct Unparker {
    state: ParkState,
    remote: Arc<Remote>,
}

impl task::Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.wake() == park_state::Wake::Notify {
            // Count before notifying, so that the woken thread sees the count.
            self.remote.notifies.fetch_add(1, Ordering::Relaxed);
            self.remote.notifier.notify();
        }
    }
}

/// Runs a future to its end on this thread, and this thread's I/O and timers meanwhile.
///
/// The future's waker may be used from any thread. Calls nest, each with a waker of its own; while
/// an inner one runs, I/O and timers go on for the outer one too, and its wakes are kept for it.
///
/// This crate's futures run inside it and nowhere else: one that has to wait outside panics, also
/// under another crate's `block_on`. Any executor may run *inside* it.
///
/// # Panics
///
/// If the system refuses the reactor's poller (out of descriptors), if the process was forked since
/// the thread's reactor was made, or if the thread is ending.
///
/// ```
/// use std::time::Duration;
/// use wakeful_reactor::{Timer, block_on};
///
/// block_on(async {
///     Timer::after(Duration::from_millis(10)).await;
/// });
/// ```
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut poll = |context: &mut Context<'_>| future.as_mut().poll(context);
    or_panic(reactor::with(|reactor| Ok(run(reactor, &mut poll))))
}

fn run<T>(reactor: &Reactor, poll: &mut impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let (state, remote) = (ParkState::new(), or_panic(reactor.remote()));
    let unparker = Arc::new(Unparker { state, remote });
    let _inside = reactor.enter();
    let (state, waker) = (&unparker.state, Waker::from(unparker.clone()));
    let mut context = Context::from_waker(&waker);
    let mut steps = 0; // since the last look
    loop {
        if let Poll::Ready(output) = poll(&mut context) {
            return output;
        }
        steps += 1;
        let mut woken = state.take();
        while !woken || steps >= STEPS_WITHOUT_A_LOOK {
            let must_look = steps >= STEPS_WITHOUT_A_LOOK;
            let looked = or_panic(reactor.turn(state, !woken, must_look));
            steps = if looked { 0 } else { steps + 1 };
            woken |= state.take();
        }
    }
}

fn or_panic<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("block_on: {error}"))
}
