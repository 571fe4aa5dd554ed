//! The parts of `sync` against queues of names; the first byte chooses the part.
#![no_main]

wakeful_fuzz::target!(wakeful_tests::model::run_sync);
