//! The reactor's timers and streams against their models: on the fuzzer's corpus, and on random
//! operations.

use std::path::Path;

use wakeful_tests::model::random_inputs;
use wakeful_tests::reactor_model::{pairs, timers};

/// Runs a model on every input that the fuzzer's corpus keeps for it.
fn replay(name: &str, model: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&corpus).expect("the corpus is in the repository") {
        let file = entry.expect("a directory that can be read").path();
        model(&std::fs::read(file).expect("an input that can be read"));
        count += 1;
    }
    assert!(count > 0, "the corpus is empty");
}

#[test]
fn timers_fire_as_a_sorted_map_says_on_random_operations() {
    for input in random_inputs(0xc10c, 3_000, 600) {
        timers::run(&input);
    }
}

#[test]
fn timers_fire_as_a_sorted_map_says_on_the_corpus() {
    replay("reactor_timers", timers::run);
}

#[test]
fn streams_carry_what_a_byte_queue_says_on_random_operations() {
    for input in random_inputs(0x50c7, 2_000, 400) {
        pairs::run(&input);
    }
}

#[test]
fn streams_carry_what_a_byte_queue_says_on_the_corpus() {
    replay("reactor_pairs", pairs::run);
}
