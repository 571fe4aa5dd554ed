//! Tests of the repository: its text, each crate alone, and the kit.

mod budget;
mod mask;
mod tidy;
mod vendoring;
