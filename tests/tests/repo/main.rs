//! Tests of the repository: its text, each crate alone, and the kit.

mod mask;
mod tidy;
mod vendoring;
