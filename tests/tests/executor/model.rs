//! The executor against its naive model, on random bytes and on the fuzzer's corpus.

use wakeful_tests::model::{executor, random_inputs, run_all};

#[test]
fn the_executor_behaves_as_its_model_does() {
    for (round, length) in [12, 40, 120, 400].into_iter().enumerate() {
        let inputs = random_inputs(0xe8ec + round as u64, 1_500, length);
        run_all(inputs, executor::run);
    }
}

#[test]
fn the_executor_behaves_as_its_model_does_on_the_corpus() {
    let corpus =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/executor_ops");
    let inputs: Vec<_> = std::fs::read_dir(corpus)
        .expect("the corpus is in the repository")
        .map(|file| std::fs::read(file.expect("a file").path()).expect("an input"))
        .collect();
    assert!(inputs.len() >= 10, "the corpus is nearly empty");
    run_all(inputs.into_iter(), executor::run);
}
