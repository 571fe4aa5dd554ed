//! The models of the `sync` parts and of the timers, on random operations.

use wakeful_tests::model::{random_inputs, run_sync, timers};

#[test]
fn sync_parts_behave_as_their_models_do() {
    for part in 0..5 {
        for mut input in random_inputs(0x5eed + part, 3_000, 240) {
            input[0] = part as u8;
            run_sync(&input);
        }
    }
}

#[test]
fn timers_behave_as_a_sorted_map_does() {
    for input in random_inputs(0xbeef, 10_000, 300) {
        timers::run(&input);
    }
}
