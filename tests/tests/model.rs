//! The executor against its naive model, on random bytes.

use wakeful_tests::model::{executor, random_inputs, run_all};

#[test]
fn the_executor_behaves_as_its_model_does() {
    for (round, length) in [12, 40, 120, 400].into_iter().enumerate() {
        let inputs = random_inputs(0xe8ec + round as u64, 1_500, length);
        run_all(inputs, executor::run);
    }
}
