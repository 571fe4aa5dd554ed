//! The loop: poll the future; if it was woken meanwhile, poll again; if not, take a turn of the
//! reactor.

use crate::reactor::{self, Beacon, Reactor};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Polls in a row after which a future that keeps waking itself waits while the reactor looks at
/// events and timers. A look costs about a tenth of a microsecond, so eight polls of an executor's
/// whole turn make it vanish.
const POLLS_WITHOUT_A_LOOK: u32 = 8;

/// The flag of one running `block_on`, given back for the next when it ends, however it ends.
struct Level<'a> {
    reactor: &'a Reactor,
    beacon: Option<Arc<Beacon>>,
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        if let Some(beacon) = self.beacon.take() {
            self.reactor.return_beacon(beacon);
        }
    }
}

/// Runs a future to its end on this thread, and this thread's I/O and timers meanwhile.
///
/// The future's waker may be used from any thread. Calls nest, each with a waker of its own; while
/// an inner one runs, I/O and timers go on for the outer one too, and its wakes are kept for it.
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
    match reactor::try_with(|reactor| run(reactor, &mut poll)) {
        Some(output) => output,
        None => panic!("block_on: this thread is ending, its reactor is gone"),
    }
}

fn run<T>(reactor: &Reactor, poll: &mut impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let beacon = or_panic(reactor.lend_beacon());
    let _level = Level {
        reactor,
        beacon: Some(beacon.clone()),
    };
    let flag = &beacon.flag;
    let waker = Waker::from(beacon.clone());
    let mut context = Context::from_waker(&waker);
    // What an earlier block_on left behind is not this one's.
    flag.take();
    let mut unlooked = 0;
    loop {
        if let Poll::Ready(output) = poll(&mut context) {
            return output;
        }
        let mut woken = flag.take();
        if woken && unlooked < POLLS_WITHOUT_A_LOOK {
            unlooked += 1;
            continue;
        }
        unlooked = 0;
        loop {
            or_panic(reactor.turn(if woken { None } else { Some(flag) }));
            woken |= flag.take();
            if woken {
                break;
            }
        }
    }
}

fn or_panic<T>(result: std::io::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("block_on: {error}"),
    }
}
