//! Coroutines against scripts: starts, sends, iterations, closes, drops, panics, yields handed out.
#![no_main]

use wakeful_tests::model::{coroutine, let_pass};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let_pass(coroutine::EXPECTED_PANICS);
    coroutine::run(bytes);
});
