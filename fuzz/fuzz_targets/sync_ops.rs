//! The parts of `sync` against queues of names; the first byte chooses the part.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wakeful_tests::model::run_sync(bytes));
