//! The crawler's response reader against its oracle, which the demos' tests keep.
#![no_main]

#[path = "../../demos/tests/it/support/response_model.rs"]
mod response_model;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| response_model::check(bytes));
