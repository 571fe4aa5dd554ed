//! The executor against its naive model: spawns, wakes, cancels, drops, panics, runs and ticks.
#![no_main]

use wakeful_tests::model::executor;

wakeful_fuzz::target!(executor::run, expected: executor::EXPECTED_PANICS);
