//! Coroutines against scripts: starts, sends, closes, drops, panics, yields handed out.
#![no_main]

use wakeful_tests::model::coroutine;

wakeful_fuzz::target!(coroutine::run, expected: coroutine::EXPECTED_PANICS);
