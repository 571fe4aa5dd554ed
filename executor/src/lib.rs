//! A tiny waker-based executor: `no_std`, no heap, stable Rust, no macros, fixed memory.
#![no_std]
#![deny(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn)]
#![deny(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]
#![warn(clippy::all)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod executor;
mod task;

mod run;
mod scheduler;
mod slot;

mod life;
mod waker;

// With `std` only groups use it, and not all of it.
#[cfg_attr(feature = "std", allow(dead_code))]
mod queue_one_door;
#[cfg(feature = "std")]
mod queue_two_doors;
#[cfg(not(feature = "std"))]
use queue_one_door as queue;
#[cfg(feature = "std")]
use queue_two_doors as queue;
#[cfg(feature = "std")]
mod thread;

mod inbox;
mod parent;

mod atomic;

#[cfg(feature = "std")]
mod block_on;
mod group;
mod park;
#[cfg(feature = "alloc")]
mod spawn_any;
mod storage;
mod yield_now;

#[cfg_attr(feature = "observe", path = "observe_on.rs")]
#[cfg_attr(not(feature = "observe"), path = "observe_off.rs")]
mod observe;

pub mod coroutine;
pub mod sync;

#[cfg(feature = "std")]
pub use block_on::block_on;
pub use executor::{Executor, LocalExecutor, SpawnError, Tick};
pub use group::{Child, Group, Wakes};
#[cfg(feature = "observe")]
pub use observe::{Observe, TaskId};
pub use park::{Park, block_on_with};
pub use storage::{PlaceError, Placed, Storage};
pub use task::Task;
pub use yield_now::{YieldNow, yield_now};
