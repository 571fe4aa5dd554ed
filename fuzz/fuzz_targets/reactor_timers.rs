//! The reactor's timers on virtual time against a sorted map.
#![no_main]

wakeful_fuzz::target!(wakeful_tests::reactor_model::timers::run);
