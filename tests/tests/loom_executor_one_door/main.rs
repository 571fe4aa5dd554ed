//! The executor's own source files, over loom's atomics, with `queue_one_door`.

#![cfg(feature = "loom")]
#![allow(dead_code, unexpected_cfgs)] // The models use a part of it, and none of its features.

mod atomic {
    pub(crate) use wakeful_tests::loom_atomic::*;
}
#[path = "../../../executor/src/executor.rs"]
mod executor;
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
#[path = "../../loom/settle_one_door.rs"]
mod settle;
#[path = "../../../executor/src/slot.rs"]
mod slot;
#[path = "../../../executor/src/step.rs"]
mod step;
#[path = "../../../executor/src/task.rs"]
mod task;
#[path = "../../../executor/src/vacancy_scan.rs"]
mod vacancy;
#[path = "../../../executor/src/waker.rs"]
mod waker;

#[path = "../../loom/models.rs"]
mod models;
