//! The executor's tests: one program, a module for each part. Its promises are in `promises`, each
//! by tests named `promise_N_..`.

mod api;
mod models;
mod others_bugs;
mod printed;
mod promises;
mod storage_group;
mod sync_signal;
mod sync_storm;
mod sync_wait_list;

#[cfg(feature = "std")]
mod block_on;
#[cfg(feature = "std")]
mod compile_fail;
#[cfg(feature = "std")]
mod coroutine;
#[cfg(feature = "std")]
mod sync;
#[cfg(feature = "std")]
mod sync_reentry;
#[cfg(feature = "std")]
mod thread_id;
#[cfg(feature = "std")]
mod timers;
