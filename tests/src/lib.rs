//! The kit: what the integration tests share.

pub mod mask;

pub mod hand;
pub mod model;
