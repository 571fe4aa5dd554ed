//! The two pages of `demos/hosts`; `cargo test` compiles their code and runs what a host can run.

#[doc = include_str!("../../RECIPES.md")]
pub mod recipes {}

#[doc = include_str!("../../FUTURE_SIZES.md")]
pub mod future_sizes {}
