//! Coroutines against their model: random bodies, resumed, closed and dropped at random. Steps,
//! states, refusals, and the order in which everything is dropped are the same.

use wakeful_tests::model::{coroutine, random_inputs};

#[test]
fn coroutines_behave_as_their_model_does() {
    for input in random_inputs(0xc0, 5_000, 200) {
        coroutine::run(&input);
    }
}
