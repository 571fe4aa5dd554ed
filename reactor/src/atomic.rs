//! The atomics of the park state, under one name.
//!
//! The loom model compiles `park_state.rs` itself and puts loom's atomics in this module's place,
//! so the code that is model-checked is the code that ships.

pub(crate) use std::sync::atomic::{AtomicU8, Ordering};
