//! Naive models of the reactor's timers and streams, for tests and for the fuzzer.
//!
//! As in [`model`](crate::model), a run reads operations off bytes, does each to the real thing and
//! to the model, and compares all that can be seen. What is special to a reactor is the *turn*:
//! only in it are wakers called, so each run is a future that now and then makes the `block_on`
//! around it take one.

pub mod pairs;
pub mod timers;

/// Makes the `block_on` around it look at timers and events at least once.
///
/// A future that wakes itself is polled a few times in a row before the reactor looks; this is more
/// than those.
pub async fn turn() {
    for _ in 0..20 {
        futures_lite::future::yield_now().await;
    }
}
