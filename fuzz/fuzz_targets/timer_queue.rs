//! The executor's timer queue against a sorted map.
#![no_main]

wakeful_fuzz::target!(wakeful_tests::model::timers::run);
