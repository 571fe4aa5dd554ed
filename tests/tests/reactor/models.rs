//! The reactor's timers and streams against their models: on the fuzzer's corpus, and on random
//! operations.

use std::path::Path;

use wakeful_tests::model::{random_inputs, replay};
use wakeful_tests::reactor_model::{pairs, timers};

#[test]
fn timers_fire_as_a_list_says() {
    replay(Path::new("../fuzz/corpus/reactor_timers"), timers::run);
    for input in random_inputs(0xc10c, 3_000, 600) {
        timers::run(&input);
    }
}

#[test]
fn streams_carry_what_a_byte_queue_says() {
    replay(Path::new("../fuzz/corpus/reactor_pairs"), pairs::run);
    for input in random_inputs(0x50c7, 2_000, 400) {
        pairs::run(&input);
    }
}
