//! Bugs that other executors had, or that this one had: one test each, named after the behaviour.
//!
//! Those that a promise forbids outright are in `promises`.

mod joiners;
mod slots;
