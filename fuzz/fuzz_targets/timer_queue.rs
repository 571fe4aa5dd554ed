//! The executor's timer queue against a sorted map.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wakeful_tests::model::timers::run(bytes));
