//! The same as `executor_ops`, with the queue for microcontrollers: a list under a critical section,
//! which on a host is a lock.
#![no_main]

// What the model names so is the executor of this target.
extern crate wakeful_executor_masked as wakeful_executor;

use critical_section as _;
use wakeful_tests::trace;

#[path = "../../tests/src/model/executor/mod.rs"]
mod executor;

wakeful_fuzz::target!(executor::run, expected: executor::EXPECTED_PANICS);
