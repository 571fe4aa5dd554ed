//! The executor and its parts against their models: on what the fuzzer has kept, and on random
//! operations.

use std::path::Path;

use wakeful_tests::model::{
    coroutine, executor, let_pass, random_inputs, replay, run_all, run_sync, timers,
};

/// Replays what the fuzzer has kept of a target.
fn replay_corpus(target: &str, run: fn(&[u8])) {
    replay(&Path::new("../fuzz/corpus").join(target), run);
}

#[test]
fn sync_parts_behave_as_their_models_do() {
    replay_corpus("sync_ops", run_sync);
    for part in 0..5 {
        for mut input in random_inputs(0x5eed + part, 3_000, 240) {
            input[0] = part as u8;
            run_sync(&input);
        }
    }
}

#[test]
fn timers_behave_as_a_sorted_map_does() {
    replay_corpus("timer_queue", timers::run);
    for input in random_inputs(0xbeef, 10_000, 300) {
        timers::run(&input);
    }
}

#[test]
fn the_executor_behaves_as_its_model_does() {
    let_pass(executor::EXPECTED_PANICS);
    replay_corpus("executor_ops", executor::run);
    replay_corpus("executor_masked_ops", executor::run);
    for (round, length) in [12, 40, 120, 200].into_iter().enumerate() {
        let inputs = random_inputs(0xe8ec + round as u64, 1_500, length);
        run_all(inputs, executor::run);
    }
}

#[test]
fn coroutines_behave_as_their_model_does() {
    let_pass(coroutine::EXPECTED_PANICS);
    replay_corpus("coroutine_ops", coroutine::run);
    for (round, length) in [16, 60, 120].into_iter().enumerate() {
        let inputs = random_inputs(0xc0 + round as u64, 2_500, length);
        run_all(inputs, coroutine::run);
    }
}
