//! hyper's timeouts by the reactor's timers.
//!
//! hyper wants its sleeps to be `Send`, so that a server may move between threads. Ours stay on their
//! thread, and so does a server here. `SendWrapper` says so: it passes for `Send`, and panics if it is
//! used or dropped on another thread.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use send_wrapper::SendWrapper;

/// For `http1::Builder::timer`.
pub struct HyperTimer;

impl Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(ReactorSleep(SendWrapper::new(wakeful_reactor::sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let timer = wakeful_reactor::Timer::at(deadline);
        Box::pin(ReactorSleep(SendWrapper::new(timer)))
    }
}

struct ReactorSleep(SendWrapper<wakeful_reactor::Timer>);

impl Future for ReactorSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut *self.0).poll(cx).map(drop)
    }
}

impl Sleep for ReactorSleep {}
