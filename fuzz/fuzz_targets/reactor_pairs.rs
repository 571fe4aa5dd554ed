//! Pairs of connected streams against byte queues.
#![no_main]

wakeful_fuzz::target!(wakeful_tests::reactor_model::pairs::run);
