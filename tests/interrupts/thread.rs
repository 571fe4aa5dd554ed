//! `executor/src/thread.rs` on the machine.

pub(crate) use crate::machine::here;

pub(crate) fn compiler_fence() {}
