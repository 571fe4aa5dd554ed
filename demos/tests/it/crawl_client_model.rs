//! The client against a scripted server: on random scripts, and on what the fuzzer has kept.

use std::path::Path;

use crate::client_model::{Races, check, races};
use wakeful_tests::model::{random_inputs, replay};

#[test]
fn the_client_gives_each_page_to_the_one_who_asked_whatever_the_server_does() {
    for script in random_inputs(0xc11e, 300, 30) {
        check(&script);
    }
    // A client that does not look whether more has come takes it for its page each time.
    let Races { cases, late } = races();
    assert!(cases >= 20 && late <= cases / 4, "{late} of {cases}");
}

#[test]
fn the_client_does_so_on_the_corpus() {
    replay(Path::new("../fuzz/corpus/client"), check);
}
