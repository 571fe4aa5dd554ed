//! The kit: what the integration tests share.

pub mod mask;
