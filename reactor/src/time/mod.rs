//! Time: timers, their queue, and the clock that they run on.

pub(crate) mod base;
mod heap;
#[cfg(not(feature = "test-util"))]
mod now;
#[cfg(feature = "test-util")]
#[path = "../test_util/now.rs"]
mod now;
pub(crate) mod queue;
mod timeout;
mod timer;

pub use timeout::{TimedOut, Timeout, timeout};
pub use timer::{Timer, sleep};
