//! The executor's own source files over the model checker's atomics and cells: every interleaving of
//! a wake or two with the executor that polls, parks, changes its parent, or gives a slot away.
//!
//! Feature `std` chooses the queue, as in the crate: with it the local list before the inbox, without
//! it (`--no-default-features --features loom`) the inbox alone.

#![cfg(all(feature = "loom", not(feature = "critical-section")))]
#![allow(dead_code, unused_imports, unexpected_cfgs, clippy::all)] // The models use a part of the crate.

// What the sources take from `core` and `std` is the checker's where it matters.
extern crate std as real_std;
extern crate wakeful_tests as core;
extern crate wakeful_tests as std;

// `rustfmt::skip`: the sources have a style of their own, which their own package checks.
mod atomic {
    pub(crate) use wakeful_tests::loom_atomic::*;
}
#[rustfmt::skip]
#[path = "../../../executor/src/executor/mod.rs"]
mod executor;
#[rustfmt::skip]
#[path = "../../../executor/src/joiner.rs"]
mod joiner;
#[rustfmt::skip]
#[path = "../../../executor/src/group.rs"]
mod group;
#[rustfmt::skip]
#[path = "../../../executor/src/observe_off.rs"]
mod observe;
#[rustfmt::skip]
#[path = "../../../executor/src/queue/mod.rs"]
mod queue;
#[rustfmt::skip]
#[path = "../../../executor/src/run.rs"]
mod run;
#[rustfmt::skip]
#[path = "../../../executor/src/slot/mod.rs"]
mod slot;
#[rustfmt::skip]
#[path = "../../../executor/src/state.rs"]
mod state;
#[rustfmt::skip]
#[path = "../../../executor/src/step.rs"]
mod step;
#[rustfmt::skip]
#[path = "../../../executor/src/task.rs"]
mod task;
#[rustfmt::skip]
#[path = "../../../executor/src/waker.rs"]
mod waker;

mod models;

pub use executor::{Executor, LocalExecutor};
pub use run::Tick;
pub use task::Task;
