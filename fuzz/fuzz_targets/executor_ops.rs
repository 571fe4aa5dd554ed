//! The executor against its naive model: spawns, wakes, cancels, drops, panics, turns in turns.
//!
//! An executor is for ever, so each run leaves one behind: `-detect_leaks=0 -rss_limit_mb=6000`.
#![no_main]

use wakeful_tests::model::{executor, let_pass};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let_pass(executor::EXPECTED_PANICS);
    executor::run(bytes);
});
