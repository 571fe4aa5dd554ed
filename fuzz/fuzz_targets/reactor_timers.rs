//! The reactor's timers on virtual time against a sorted map.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wakeful_tests::reactor_model::timers::run(bytes));
