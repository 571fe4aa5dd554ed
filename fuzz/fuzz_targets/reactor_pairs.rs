//! Pairs of connected streams against byte queues.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wakeful_tests::reactor_model::pairs::run(bytes));
