//! The models of the `sync` parts and of the timers, on random operations and on what the fuzzer
//! has kept.

use std::path::Path;

use wakeful_tests::model::{random_inputs, run_sync, timers};

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
fn sync_parts_behave_as_their_models_do_on_the_corpus() {
    replay("sync_ops", run_sync);
}

#[test]
fn timers_behave_as_a_sorted_map_does_on_the_corpus() {
    replay("timer_queue", timers::run);
}

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
