//! The executor and its parts against their models: on random operations, and on what the fuzzer has
//! kept.

use std::path::Path;

use wakeful_tests::model::{
    coroutine, executor, let_pass, random_inputs, replay, run_all, run_sync, timers,
};

#[test]
fn sync_parts_behave_as_their_models_do_on_the_corpus() {
    replay(Path::new("../fuzz/corpus/sync_ops"), run_sync);
}

#[test]
fn timers_behave_as_a_sorted_map_does_on_the_corpus() {
    replay(Path::new("../fuzz/corpus/timer_queue"), timers::run);
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

#[test]
fn the_executor_behaves_as_its_model_does() {
    let_pass(executor::EXPECTED_PANICS);
    for (round, length) in [12, 40, 120, 200].into_iter().enumerate() {
        let inputs = random_inputs(0xe8ec + round as u64, 1_500, length);
        run_all(inputs, executor::run);
    }
}

#[test]
fn the_executor_behaves_as_its_model_does_on_the_corpus() {
    let_pass(executor::EXPECTED_PANICS);
    replay(Path::new("../fuzz/corpus/executor_ops"), executor::run);
    replay(Path::new("../fuzz/corpus/executor_masked_ops"), executor::run);
}

#[test]
fn coroutines_behave_as_their_model_does() {
    let_pass(coroutine::EXPECTED_PANICS);
    for (round, length) in [16, 60, 200].into_iter().enumerate() {
        let inputs = random_inputs(0xc0 + round as u64, 2_500, length);
        run_all(inputs, coroutine::run);
    }
}

#[test]
fn coroutines_behave_as_their_model_does_on_the_corpus() {
    let_pass(coroutine::EXPECTED_PANICS);
    replay(Path::new("../fuzz/corpus/coroutine_ops"), coroutine::run);
}
