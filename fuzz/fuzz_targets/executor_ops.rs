//! The executor against its naive model: spawns, wakes, cancels, drops, panics, turns in turns.
#![no_main]

use std::panic::{set_hook, take_hook};
use std::sync::Once;

static HOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The fuzzer's hook ends the process. Awaiting a task that was lost panics by promise 8, which
    // the model expects and checks.
    HOOK.call_once(|| {
        let ends_the_process = take_hook();
        set_hook(Box::new(move |info| {
            let text = info.payload_as_str().unwrap_or_default();
            if !text.starts_with("wakeful: the awaited task") {
                ends_the_process(info);
            }
        }));
    });
    wakeful_tests::model::executor::run(bytes);
});
