//! The kit: what the integration tests share.
