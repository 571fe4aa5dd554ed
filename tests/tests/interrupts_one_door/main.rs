//! The executor's own source files, interrupted before each of their steps, with `queue_one_door`.

#![allow(dead_code, unexpected_cfgs)] // The scripts use a part of it, and none of its features.

// Here `core` is this crate: all that the sources take from it, with cells that can be interrupted.
// It has a module `task`, and so has the executor.
extern crate self as core;
mod task {
    pub(crate) use crate::handle::Task;
    pub(crate) use std::task::*;
}
#[path = "../../interrupts/cell.rs"]
pub mod cell;
pub use std::{convert, error, fmt, future, marker, mem, ops, pin, ptr};

#[path = "../../interrupts/atomic.rs"]
mod atomic;
#[path = "../../../executor/src/executor.rs"]
mod executor;
#[path = "../../../executor/src/task.rs"]
mod handle;
#[path = "../../../executor/src/inbox.rs"]
mod inbox;
#[path = "../../../executor/src/joiner.rs"]
mod joiner;
#[path = "../../../executor/src/life.rs"]
mod life;
#[path = "../../../executor/src/observe_off.rs"]
mod observe;
#[path = "../../../executor/src/parent.rs"]
mod parent;
#[path = "../../../executor/src/queue_one_door.rs"]
mod queue;
#[path = "../../../executor/src/run.rs"]
mod run;
#[path = "../../../executor/src/runs.rs"]
mod runs;
#[path = "../../../executor/src/runs_list.rs"]
mod runs_list;
#[path = "../../../executor/src/scheduler.rs"]
mod scheduler;
#[path = "../../../executor/src/slot.rs"]
mod slot;
#[path = "../../../executor/src/step.rs"]
mod step;
#[path = "../../../executor/src/vacancy_scan.rs"]
mod vacancy;
#[path = "../../../executor/src/waker.rs"]
mod waker;

#[path = "../../interrupts/machine.rs"]
mod machine;
#[path = "../../interrupts/scripts.rs"]
mod scripts;
#[path = "../../interrupts/world.rs"]
mod world;
