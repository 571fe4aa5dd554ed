//! Coroutines against their model: random bodies, resumed, closed and dropped at random, and what
//! the fuzzer has kept. Steps, states, refusals, and the order in which everything is dropped are
//! the same.

use std::path::Path;

use wakeful_tests::model::{coroutine, let_pass, random_inputs, run_all};

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
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/coroutine_ops");
    let inputs: Vec<_> = std::fs::read_dir(corpus)
        .expect("the corpus is in the repository")
        .map(|file| std::fs::read(file.expect("a file").path()).expect("an input"))
        .collect();
    assert!(inputs.len() >= 10, "the corpus is nearly empty");
    run_all(inputs.into_iter(), coroutine::run);
}
